"""MutatingAdmissionPolicyBinding: where a policy applies and with which parameters."""

from __future__ import annotations

from ....apimachinery.field import FieldError
from ..resource import Resource
from ..strategy import Context, Object
from . import columns
from .params import binding_cells
from .policies import default_binding, mutating_operations, validate_binding
from .registration import RegistrationStrategy


class MutatingAdmissionPolicyBindingStrategy(RegistrationStrategy):
    """Rules of MutatingAdmissionPolicyBindings."""

    def default(self, obj: Object) -> None:
        default_binding(obj)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        spec = obj.get("spec") or {}
        match = spec.get("matchResources") or {}
        return validate_binding(spec, "spec") + mutating_operations(match, "spec.matchResources")


RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        kind="MutatingAdmissionPolicyBinding",
        plural="mutatingadmissionpolicybindings",
        categories=("api-extensions",),
        namespaced=False,
        strategy=MutatingAdmissionPolicyBindingStrategy(),
        columns=columns.MUTATINGADMISSIONPOLICYBINDINGS,
        cells=binding_cells,
    ),
)
