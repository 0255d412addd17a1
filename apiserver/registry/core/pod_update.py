"""What may change in a pod: images, the deadline, more tolerations, fewer gates; more while it is gated."""

from __future__ import annotations

from typing import Any

from ....apimachinery import field, names
from ..strategy import Object
from ..validation.affinity import REQUIRED
from ..validation.common import MAX_INT32, Errors
from ..validation.containers import validate_image_spaces
from ..validation.pod_annotations import APP_ARMOR, MIRROR, validate_pod_annotations
from ..validation.scheduling import validate_tolerations
from .pod_diff import difference

UPDATABLE = (
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` "
    "(allow it to be set to 1 if it was previously negative)"
)
Annotations = dict[str, str]


def validate_annotation_update(new: Object, old: Object) -> Errors:
    annotations: Annotations = new["metadata"].get("annotations") or {}
    before: Annotations = old["metadata"].get("annotations") or {}
    errors: Errors = []
    for key, value in before.items():
        if annotations.get(key) != value:
            errors += _kept(key, "remove or update")
    for key in annotations:
        if key not in before:
            errors += _kept(key, "add")
    return errors + validate_pod_annotations(annotations, new["spec"], "metadata.annotations")


def _kept(key: str, verb: str) -> Errors:
    path = f"metadata.annotations[{key}]"
    if key.startswith(APP_ARMOR):
        return [field.forbidden(path, f"may not {verb} AppArmor annotations")]
    if key == MIRROR:
        return [field.forbidden(path, f"may not {verb} mirror pod annotation")]
    return []


def validate_spec_update(spec: Object, was: Object) -> Errors:
    errors: Errors = []
    for kind in ("containers", "initContainers"):
        containers, before = spec.get(kind) or [], was.get(kind) or []
        if len(containers) != len(before):
            why = "pod updates may not add or remove containers"
            return [*errors, field.forbidden(f"spec.{kind}", why)]
        errors += _images(containers, f"spec.{kind}")
    found, stop = _deadline(spec, was)
    errors += found
    if stop:
        return errors
    errors += _tolerations(spec.get("tolerations") or [], was.get("tolerations") or [])
    errors += _gates(spec.get("schedulingGates") or [], was.get("schedulingGates") or [])
    if spec == was:
        return errors
    munged = _munge(spec, was)
    if was.get("schedulingGates"):
        errors += _gated(munged, was)
    if munged != was:
        why = f"pod updates may not change fields other than {UPDATABLE}"
        errors.append(field.forbidden("spec", f"{why}\n{difference(munged, was)}"))
    return errors


def _images(containers: list[Object], path: str) -> Errors:
    errors: Errors = []
    for i, container in enumerate(containers):
        if not container.get("image"):
            errors.append(field.required(f"{path}[{i}].image"))
        errors += validate_image_spaces(container, f"{path}[{i}]")
    return errors


def _deadline(spec: Object, was: Object) -> tuple[Errors, bool]:
    """The errors, and whether upstream stops there."""
    path = "spec.activeDeadlineSeconds"
    deadline, before = spec.get("activeDeadlineSeconds"), was.get("activeDeadlineSeconds")
    if deadline is None:
        why = "must not update from a positive integer to nil value"
        return ([] if before is None else [field.invalid(path, None, why)]), False
    if not 0 <= deadline <= MAX_INT32:
        return [field.invalid(path, deadline, names.in_range(0, MAX_INT32))], True
    if before is not None and before < deadline:
        return [field.invalid(path, deadline, "must be less than or equal to previous value")], True
    return [], False


def _without_seconds(toleration: Object) -> Object:
    return {name: value for name, value in toleration.items() if name != "tolerationSeconds"}


def _tolerations(tolerations: list[Object], before: list[Object]) -> Errors:
    given = [_without_seconds(toleration) for toleration in tolerations]
    if any(_without_seconds(toleration) not in given for toleration in before):
        why = "existing toleration can not be modified except its tolerationSeconds"
        return [field.forbidden("spec.tolerations", why)]
    return validate_tolerations(tolerations, "spec.tolerations")


def _gates(gates: list[Object], before: list[Object]) -> Errors:
    known = {gate.get("name") for gate in before}
    return [
        field.forbidden(
            f"spec.schedulingGates[{i}].name",
            f"only deletion is allowed, but found new scheduling gate '{gate.get('name', '')}'",
        )
        for i, gate in enumerate(gates)
        if gate.get("name") not in known
    ]


def _munge(spec: Object, was: Object) -> Object:
    """The new spec with everything put back that may change."""
    munged = dict(spec)
    for kind in ("containers", "initContainers"):
        if kind in spec:
            pairs = zip(spec[kind], was.get(kind) or [], strict=True)
            munged[kind] = [_with_image(new, old) for new, old in pairs]
    for name in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        _put_back(munged, was, name)
    if was.get("terminationGracePeriodSeconds", 0) < 0 and munged.get("terminationGracePeriodSeconds") == 1:
        munged["terminationGracePeriodSeconds"] = was["terminationGracePeriodSeconds"]
    return munged


def _with_image(container: Object, was: Object) -> Object:
    restored = dict(container)
    _put_back(restored, was, "image")
    return restored


def _put_back(obj: Object, was: Object, name: str) -> None:
    if name in was:
        obj[name] = was[name]
    else:
        obj.pop(name, None)


def _gated(munged: Object, was: Object) -> Errors:
    """While gates hold a pod back, node selector and node affinity may become narrower; puts both back."""
    errors: Errors = []
    selector, before = munged.get("nodeSelector") or {}, was.get("nodeSelector") or {}
    if selector != before:
        if not before.items() <= selector.items():
            why = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
            errors.append(field.invalid("spec.nodeSelector", selector, why))
        _put_back(munged, was, "nodeSelector")
    affinity, old = munged.get("affinity") or {}, was.get("affinity") or {}
    if affinity.get("nodeAffinity") != old.get("nodeAffinity"):
        errors += _narrower(affinity.get("nodeAffinity"), old.get("nodeAffinity"))
        restored = dict(affinity)
        _put_back(restored, old, "nodeAffinity")
        if restored or "affinity" in was:
            munged["affinity"] = restored
        else:
            munged.pop("affinity", None)
    return errors


def _terms(affinity: Object | None) -> list[Object]:
    return ((affinity or {}).get(REQUIRED) or {}).get("nodeSelectorTerms") or []


def _narrower(affinity: Object | None, was: Object | None) -> Errors:
    path = f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms"
    terms, before = _terms(affinity), _terms(was)
    if not before:
        return []
    if len(terms) != len(before):
        why = "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
        return [field.invalid(path, terms, why)]
    return [
        field.invalid(f"{path}[{i}]", term, "only additions are allowed (no mutations or deletions)")
        for i, (term, old) in enumerate(zip(terms, before, strict=True))
        if not _only_adds(term, old)
    ]


def _only_adds(term: Object, was: Object) -> bool:
    parts: list[tuple[list[Any], list[Any]]] = [
        (term.get(kind) or [], was.get(kind) or []) for kind in ("matchExpressions", "matchFields")
    ]
    if not any(old for _, old in parts) and any(new for new, _ in parts):
        return False
    return all(new[: len(old)] == old for new, old in parts)
