"""As whom a container runs, and what it may. Source: core/v1 PodSecurityContext, SecurityContext,
ContainerUser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..runtime.capabilities import granted
from .host import Waits

Object = dict[str, Any]


def security(pod: Object, container: Object) -> Object:
    """What the container says, else what the pod says."""
    return (pod["spec"].get("securityContext") or {}) | (container.get("securityContext") or {})


class Image(NamedTuple):
    """What an image says of users: as whom it runs (-1: nobody knows), and their groups, the primary one
    first."""

    user: int = -1
    groups: Mapping[int, Sequence[int]] = {}


def fields(pod: Object, container: Object, image: Image = Image()) -> Object:
    """Of a ContainerSpec."""
    found = security(pod, container)
    user, group = _user(found, image)
    return {
        "user": user,
        "group": group,
        "groups": _groups(found, image, user),
        "read_only_root": bool(found.get("readOnlyRootFilesystem")),
        "capabilities": granted(found),
        "no_new_privileges": found.get("allowPrivilegeEscalation") is False,
        "privileged": bool(found.get("privileged")),
    }


def _user(found: Object, image: Image) -> tuple[int, int]:
    """User and primary group; -1 where nobody says."""
    user = int(found.get("runAsUser", image.user))
    return user, int(found.get("runAsGroup", next(iter(image.groups.get(user, ())), -1)))


def _groups(found: Object, image: Image, user: int) -> tuple[int, ...]:
    strict = found.get("supplementalGroupsPolicy") == "Strict"
    known = () if strict else tuple(image.groups.get(user, ()))[1:]
    extra = [found["fsGroup"]] if "fsGroup" in found else []
    return tuple(dict.fromkeys([*extra, *known, *(found.get("supplementalGroups") or [])]))


def shown(pod: Object, container: Object, image: Image = Image()) -> Object:
    """The `user` of a container's status."""
    found = security(pod, container)
    user, group = (max(number, 0) for number in _user(found, image))
    groups = sorted({group, *_groups(found, image, user)})
    return {"linux": {"uid": user, "gid": group, "supplementalGroups": groups}}


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
