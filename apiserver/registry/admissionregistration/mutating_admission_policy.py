"""MutatingAdmissionPolicy: admission rules written in CEL."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ....apimachinery import field
from ....apimachinery.field import FieldError
from ..printing import UNSET, age
from ..resource import Resource
from ..strategy import Context, Object
from . import columns
from .compositions import composition, problems
from .policies import default_policy, validate_policy
from .registration import RegistrationStrategy

if TYPE_CHECKING:
    from ....apimachinery.cel.admission import Composition

REINVOCATION = ("IfNeeded", "Never")
PATCHES = {"ApplyConfiguration": "applyConfiguration", "JSONPatch": "jsonPatch"}


class MutatingAdmissionPolicyStrategy(RegistrationStrategy):
    """Rules of MutatingAdmissionPolicys."""

    def default(self, obj: Object) -> None:
        default_policy(obj)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return _validate(obj)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return _validate(new, old.get("spec") or {})


def _validate(obj: Object, old: Object | None = None) -> list[FieldError]:
    spec = obj.get("spec") or {}
    shared = composition(spec)
    errors = validate_policy(spec, "spec", shared, old, mutating=True)
    mutations = spec.get("mutations") or []
    if not mutations:
        errors.append(field.required("spec.mutations", "mutations must contain at least one item"))
    for i, mutation in enumerate(mutations):
        errors += _mutation(mutation, f"spec.mutations[{i}]", shared)
    policy = spec.get("reinvocationPolicy", "")
    if not policy:
        errors.append(field.required("spec.reinvocationPolicy"))
    elif policy not in REINVOCATION:
        errors.append(field.not_supported("spec.reinvocationPolicy", policy, REINVOCATION))
    return errors


def _mutation(mutation: Object, path: str, shared: Composition) -> list[FieldError]:
    kind = mutation.get("patchType", "")
    if not kind:
        return [field.required(f"{path}.patchType")]
    if kind not in PATCHES:
        return [field.not_supported(f"{path}.patchType", kind, tuple(PATCHES))]
    own = PATCHES[kind]
    errors: list[FieldError] = []
    if mutation.get(own) is None:
        errors.append(field.required(f"{path}.{own}", f"must be specified when patchType is {kind}"))
    else:
        text, at = mutation[own].get("expression", ""), f"{path}.{own}.expression"
        make = shared.patch if own == "jsonPatch" else shared.configuration
        errors += problems(make, text, at) if text.strip() else [field.required(at)]
    for other in PATCHES.values():
        if other != own and mutation.get(other) is not None:
            why = f"must not be specified when patchType is {kind}"
            errors.append(field.invalid(f"{path}.{other}", f"{{{other}}}", why))
    return errors


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec") or {}
    target = spec.get("paramKind")
    param = f"{target.get('apiVersion', '')}/{target.get('kind', '')}" if target else UNSET
    return [obj["metadata"]["name"], len(spec.get("mutations") or ()), param, age(obj, now)]


RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        kind="MutatingAdmissionPolicy",
        plural="mutatingadmissionpolicies",
        categories=("api-extensions",),
        namespaced=False,
        strategy=MutatingAdmissionPolicyStrategy(),
        columns=columns.MUTATINGADMISSIONPOLICIES,
        cells=_cells,
    ),
)
