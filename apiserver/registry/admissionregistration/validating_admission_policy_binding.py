"""ValidatingAdmissionPolicyBinding: where a policy applies and with which parameters."""

from __future__ import annotations

from ....apimachinery import field
from ....apimachinery.field import FieldError
from ..resource import Resource
from ..strategy import Context, Object
from . import columns
from .params import binding_cells
from .policies import default_binding, validate_binding
from .registration import RegistrationStrategy

ACTIONS = ("Audit", "Deny", "Warn")
DENY_AND_WARN = (
    "must not contain both Deny and Warn (repeating the same validation failure information in the API "
    "response and headers serves no purpose)"
)


class ValidatingAdmissionPolicyBindingStrategy(RegistrationStrategy):
    """Rules of ValidatingAdmissionPolicyBindings."""

    def default(self, obj: Object) -> None:
        default_binding(obj)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        spec = obj.get("spec") or {}
        return validate_binding(spec, "spec") + _actions(spec.get("validationActions") or [])


def _actions(actions: list[str]) -> list[FieldError]:
    path = "spec.validationActions"
    if not actions:
        return [field.required(path, "at least one validation action is required")]
    errors: list[FieldError] = []
    again = field.repeats(actions)
    for i, action in enumerate(actions):
        if action not in ACTIONS:
            errors.append(field.not_supported(f"{path}[{i}]", action, ACTIONS))
        if i in again:
            errors.append(field.duplicate(f"{path}[{i}]", action))
    if "Deny" in actions and "Warn" in actions:
        errors.append(field.invalid(path, actions, DENY_AND_WARN))
    return errors


RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        kind="ValidatingAdmissionPolicyBinding",
        plural="validatingadmissionpolicybindings",
        categories=("api-extensions",),
        namespaced=False,
        strategy=ValidatingAdmissionPolicyBindingStrategy(),
        columns=columns.VALIDATINGADMISSIONPOLICYBINDINGS,
        cells=binding_cells,
    ),
)
