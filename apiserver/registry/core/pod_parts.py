"""The subresources that change one part of a pod: resize (resources) and ephemeralcontainers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ....apimachinery import field, jsonio, quantity
from ..strategy import Object
from ..validation.common import Errors
from ..validation.pod_annotations import MIRROR
from .qos import qos_class

RESIZABLE = ("cpu", "memory")
KINDS = ("containers", "initContainers")
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
    """A pod that adds, takes away or renames containers is left to validation, as upstream does it."""
    asked = new.get("spec") or {}
    if any(len(asked.get(kind) or ()) != len(old["spec"].get(kind) or ()) for kind in KINDS):
        return
    spec = _keep(new, old)
    spec.pop("resources", None)
    if asked.get("resources") is not None:
        spec["resources"] = asked["resources"]
    for kind in KINDS:
        if asked.get(kind):
            spec[kind] = _resized(asked[kind], spec[kind])
    new["spec"] = spec


def _resized(asked: list[Object], have: list[Object]) -> list[Object]:
    if _names(asked) != _names(have):
        return asked
    for container, changed in zip(have, asked, strict=True):
        container["resources"] = changed.get("resources") or {}
        container.pop("resizePolicy", None)
        if changed.get("resizePolicy"):
            container["resizePolicy"] = changed["resizePolicy"]
    return have


def _names(containers: Iterable[Object]) -> list[str]:
    return [container.get("name", "") for container in containers]


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
    order = _order(spec, was)
    if order:
        return errors + order
    for kind in reversed(KINDS):
        for i, (container, previous) in enumerate(_pairs(spec, was, kind)):
            have, had = container.get("resources") or {}, previous.get("resources") or {}
            errors += _removed(have, had, f"spec.{kind}[{i}].resources")
    for container, previous in _pairs(spec, was, "containers"):
        if _without_amounts(container, previous) != _without_amounts(previous, previous):
            errors.append(field.forbidden("spec", "only cpu and memory resources are mutable"))
    for i, (container, previous) in enumerate(_pairs(spec, was, "initContainers")):
        errors += _init_container(container, previous, f"spec.initContainers[{i}]")
    return errors


def _pairs(spec: Object, was: Object, kind: str) -> Iterable[tuple[Object, Object]]:
    return zip(spec.get(kind) or (), was.get(kind) or (), strict=True)


def _order(spec: Object, was: Object) -> Errors:
    """Containers that are not those of before, in the same order."""
    errors: Errors = []
    for kind in KINDS:
        names, before = _names(spec.get(kind) or ()), _names(was.get(kind) or ())
        if len(names) != len(before):
            errors.append(field.forbidden(f"spec.{kind}", f"{kind} may not be added or removed on resize"))
            continue
        why = f"{kind} may not be renamed or reordered on resize"
        errors += [
            field.forbidden(f"spec.{kind}[{i}].name", why)
            for i, (name, previous) in enumerate(zip(names, before, strict=True))
            if name != previous
        ]
    return errors


def _init_container(container: Object, was: Object, path: str) -> Errors:
    errors: Errors = []
    if _without_amounts(container, was) != _without_amounts(was, was):
        why = "only cpu and memory resources for init or sidecar containers are mutable"
        errors.append(field.forbidden(path, why))
    restarts = [
        p for p in container.get("resizePolicy") or () if p.get("restartPolicy") == "RestartContainer"
    ]
    if container != was and container.get("restartPolicy") != "Always":
        why = "non-sidecar init containers with a resize policy of RestartContainer cannot be resized"
        errors += [field.forbidden(path, why) for _ in restarts]
    return errors


def _without_amounts(container: Object, before: Object) -> Object:
    """The container but for its CPU and memory. Claims count as changed, as they do upstream."""
    resources = container.get("resources") or {}
    claims = resources.get("claims") if container is before else None
    return {**container, "resources": [_others(resources), claims or []]}


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
