"""As whom a container runs, and what it may. Source: core/v1 PodSecurityContext, SecurityContext,
ContainerUser."""

from __future__ import annotations

from typing import Any

from ..runtime.capabilities import granted
from .host import Waits

Object = dict[str, Any]


def security(pod: Object, container: Object) -> Object:
    """What the container says, else what the pod says."""
    return (pod["spec"].get("securityContext") or {}) | (container.get("securityContext") or {})


def fields(pod: Object, container: Object) -> Object:
    """Of a ContainerSpec."""
    found = security(pod, container)
    return {
        "user": int(found.get("runAsUser", -1)),
        "group": int(found.get("runAsGroup", -1)),
        "groups": _groups(found),
        "read_only_root": bool(found.get("readOnlyRootFilesystem")),
        "capabilities": granted(found),
        "no_new_privileges": found.get("allowPrivilegeEscalation") is False,
        "privileged": bool(found.get("privileged")),
    }


def _groups(found: Object) -> tuple[int, ...]:
    extra = [found["fsGroup"]] if "fsGroup" in found else []
    return tuple(dict.fromkeys([*extra, *(found.get("supplementalGroups") or [])]))


def shown(pod: Object, container: Object) -> Object:
    """The `user` of a container's status."""
    found = security(pod, container)
    group = found.get("runAsGroup", 0)
    groups = sorted({group, *_groups(found)})
    return {"linux": {"uid": found.get("runAsUser", 0), "gid": group, "supplementalGroups": groups}}


def refuse_root(pod: Object, container: Object, user: int) -> None:
    """`Waits` when the pod must not run as root and would. `user` is the image's, -1 when nobody knows."""
    found = security(pod, container)
    if not found.get("runAsNonRoot"):
        return
    meta = pod["metadata"]
    where = f'(pod: "{meta["name"]}_{meta["namespace"]}({meta["uid"]})", container: {container["name"]})'
    if found.get("runAsUser") == 0:
        text = f"container's runAsUser breaks non-root policy {where}"
        raise Waits("CreateContainerConfigError", text)
    if "runAsUser" not in found and user == 0:
        text = f"container has runAsNonRoot and image will run as root {where}"
        raise Waits("CreateContainerConfigError", text)
