"""The subresources that change one part of a pod: resize (resources) and ephemeralcontainers."""

from __future__ import annotations

from collections.abc import Callable

from ....apimachinery import field, jsonio, quantity
from ..strategy import Object
from ..validation.common import Errors
from ..validation.pod_annotations import MIRROR
from .qos import qos_class

RESIZABLE = ("cpu", "memory")
OWN_META = ("name", "namespace", "resourceVersion", "uid", "managedFields", "generation")


def _keep(new: Object, old: Object) -> Object:
    """Takes metadata and status from the old pod; gives a copy of its spec for the part that changes."""
    meta = new["metadata"]
    kept = {name: meta[name] for name in OWN_META if name in meta}
    meta.clear()
    meta.update(old["metadata"], **kept)
    if "status" in old:
        new["status"] = old["status"]
    spec: Object = jsonio.clone(old["spec"])
    return spec


def keep_for_ephemeral(new: Object, old: Object) -> None:
    spec = _keep(new, old)
    given = (new.get("spec") or {}).get("ephemeralContainers")
    if given:
        spec["ephemeralContainers"] = given
    else:
        spec.pop("ephemeralContainers", None)
    new["spec"] = spec


def keep_for_resize(new: Object, old: Object) -> None:
    spec, asked = _keep(new, old), new.get("spec") or {}
    spec.pop("resources", None)
    if asked.get("resources"):
        spec["resources"] = asked["resources"]
    for kind in ("containers", "initContainers"):
        given = {c.get("name"): c for c in asked.get(kind) or ()}
        for container in spec.get(kind) or ():
            changed = given.get(container["name"])
            if changed is None:
                continue
            container["resources"] = changed.get("resources") or {}
            if "resizePolicy" in changed:
                container["resizePolicy"] = changed["resizePolicy"]
    new["spec"] = spec


KEEPERS: dict[str, Callable[[Object, Object], None]] = {
    "ephemeralcontainers": keep_for_ephemeral,
    "resize": keep_for_resize,
}


def validate_ephemeral_update(new: Object, old: Object) -> Errors:
    if MIRROR in (old["metadata"].get("annotations") or {}):
        return [field.forbidden("[]", "static pods do not support ephemeral containers")]
    errors: Errors = []
    path = "spec.ephemeralContainers"
    given = {c.get("name"): c for c in new["spec"].get("ephemeralContainers") or ()}
    for container in old["spec"].get("ephemeralContainers") or ():
        shown = field.quote(container["name"])
        if container["name"] not in given:
            why = f"existing ephemeral containers {shown} may not be removed\n"
            errors.append(field.forbidden(path, why))
        elif given[container["name"]] != container:
            why = f"existing ephemeral containers {shown} may not be changed\n"
            errors.append(field.forbidden(path, why))
    return errors


def validate_resize(new: Object, old: Object) -> Errors:
    spec, was = new["spec"], old["spec"]
    if MIRROR in (old["metadata"].get("annotations") or {}):
        return [field.forbidden("[]", "static pods cannot be resized")]
    if (was.get("os") or {}).get("name") == "windows":
        return [field.forbidden("[]", "windows pods cannot be resized")]
    errors: Errors = []
    before = (old.get("status") or {}).get("qosClass") or qos_class(was)
    if qos_class(spec) != before:
        why = "Pod QOS Class may not change as a result of resizing"
        errors.append(field.invalid("spec", before, why))
    if not _node_supports(old.get("status") or {}):
        errors.append(field.forbidden("spec", "Pod running on node without support for resize"))
    errors += _pod_level(spec, was)
    for kind in ("initContainers", "containers"):
        pairs = zip(spec.get(kind) or (), was.get(kind) or (), strict=True)
        for i, (container, previous) in enumerate(pairs):
            errors += _container(container, previous, kind, i)
    return errors


def _container(container: Object, was: Object, kind: str, i: int) -> Errors:
    if container == was:
        return []
    if kind == "initContainers" and was.get("restartPolicy") != "Always":
        why = "resources for non-sidecar init containers are immutable"
        return [field.forbidden("spec", why)]
    sidecars = " for sidecar containers" if kind == "initContainers" else ""
    resources, before = container.get("resources") or {}, was.get("resources") or {}
    errors = _removed(resources, before, f"spec.{kind}[{i}].resources")
    if _others(resources) != _others(before):
        errors.append(field.forbidden("spec", f"only cpu and memory resources{sidecars} are mutable"))
    return errors


def _pod_level(spec: Object, was: Object) -> Errors:
    """What is wrong with the new resources of the pod as a whole."""
    resources, before = spec.get("resources") or {}, was.get("resources") or {}
    if before and not resources:
        return [field.forbidden("spec.resources", "pod-level resources cannot be removed")]
    errors = _removed(resources, before, "spec.resources", "pod-level resource")
    if _others(resources) != _others(before):
        errors.append(field.forbidden("spec", "only cpu and memory resources are mutable at pod-level"))
    return errors


def _removed(resources: Object, before: Object, path: str, what: str = "resource") -> Errors:
    return [
        field.forbidden(f"{path}.{kind}", f"{what} {kind} cannot be removed")
        for kind in ("requests", "limits")
        if set(before.get(kind) or ()) - set(resources.get(kind) or ())
    ]


def _others(resources: Object) -> list[dict[str, quantity.Quantity]]:
    return [
        {name: quantity.parse(text) for name, text in given.items() if name not in RESIZABLE}
        for given in (resources.get("requests") or {}, resources.get("limits") or {})
    ]


def _node_supports(status: Object) -> bool:
    """A kubelet that can resize reports the resources of running containers."""
    for container in status.get("containerStatuses") or ():
        if "running" in (container.get("state") or {}):
            return "resources" in container
    return True
