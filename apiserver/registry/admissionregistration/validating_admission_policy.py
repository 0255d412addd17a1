"""ValidatingAdmissionPolicy: admission rules written in CEL."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..printing import UNSET, age
from ..resource import STATUS, Resource
from ..strategy import Context, Object
from ..validation.common import invalids
from ..validation.conditions import validate_status_conditions
from . import columns
from .compositions import composition, problems
from .policies import default_policy, validate_policy
from .registration import RegistrationStrategy
from .rules import validate_choice

if TYPE_CHECKING:
    from ....apimachinery.cel.admission import Composition

ONE_ITEM = "validations or auditAnnotations must contain at least one item"
REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge")
MAX_ANNOTATIONS = 20
MAX_VALUE_EXPRESSION = 5 * 1024
NOT_EMPTY = "must be non-empty if specified"


class ValidatingAdmissionPolicyStrategy(RegistrationStrategy):
    """Rules of ValidatingAdmissionPolicys."""

    has_status = True
    status_resets = ("metadata", "spec")

    def default(self, obj: Object) -> None:
        default_policy(obj)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return _validate(obj)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return _validate(new, old.get("spec") or {})

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        status = new.get("status") or {}
        return validate_status_conditions(status.get("conditions"), "status.conditions")


def _validate(obj: Object, old: Object | None = None) -> list[FieldError]:
    spec = obj.get("spec") or {}
    shared = composition(spec)
    validations, annotations = spec.get("validations") or [], spec.get("auditAnnotations") or []
    errors = validate_policy(spec, "spec", shared, old)
    if not validations and not annotations:
        errors.append(field.required("spec.validations", ONE_ITEM))
        errors.append(field.required("spec.auditAnnotations", ONE_ITEM))
    for i, validation in enumerate(validations):
        errors += _validation(validation, f"spec.validations[{i}]", shared)
    name = obj["metadata"].get("name", "")
    return errors + _audit(annotations, name, "spec.auditAnnotations", shared)


def _validation(validation: Object, path: str, shared: Composition) -> list[FieldError]:
    expression, message = validation.get("expression", ""), validation.get("message", "")
    errors: list[FieldError] = []
    if not expression.strip():
        errors.append(field.required(f"{path}.expression", "expression is not specified"))
    else:
        errors += problems(shared.boolean, expression, f"{path}.expression")
    said = validation.get("messageExpression", "")
    if said and not said.strip():
        errors.append(field.invalid(f"{path}.messageExpression", said, NOT_EMPTY))
    elif said:
        errors += problems(shared.message, said, f"{path}.messageExpression")
    if message and not message.strip():
        errors.append(field.invalid(f"{path}.message", message, NOT_EMPTY))
    elif "\n" in message.strip() or "\r" in message.strip():
        errors.append(field.invalid(f"{path}.message", message, "must not contain line breaks"))
    return errors + validate_choice(validation.get("reason"), REASONS, f"{path}.reason")


def _audit(annotations: list[Object], name: str, path: str, shared: Composition) -> list[FieldError]:
    errors: list[FieldError] = []
    if len(annotations) > MAX_ANNOTATIONS:
        why = f"must not have more than {MAX_ANNOTATIONS} auditAnnotations"
        errors.append(field.invalid(path, annotations, why))
    seen: set[str] = set()
    for i, annotation in enumerate(annotations):
        at, key = f"{path}[{i}]", annotation.get("key", "")
        full = f"{name}/{key}"
        errors += invalids(f"{at}.key", full, names.qualified_name(full))
        errors += _value(annotation.get("valueExpression", ""), f"{at}.valueExpression", shared)
        if key in seen:
            errors.append(field.duplicate(f"{at}.key", key))
        seen.add(key)
    return errors


def _value(text: str, path: str, shared: Composition) -> list[FieldError]:
    if not text.strip():
        return [field.required(path, "valueExpression is not specified")]
    if len(text.strip().encode()) > MAX_VALUE_EXPRESSION:
        return [field.required(path, f"must not exceed {MAX_VALUE_EXPRESSION} bytes in length")]
    return list(problems(shared.annotation, text.strip(), path, text))


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec") or {}
    target = spec.get("paramKind")
    param = f"{target.get('apiVersion', '')}/{target.get('kind', '')}" if target else UNSET
    return [obj["metadata"]["name"], len(spec.get("validations") or ()), param, age(obj, now)]


RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        kind="ValidatingAdmissionPolicy",
        plural="validatingadmissionpolicies",
        categories=("api-extensions",),
        namespaced=False,
        subresources=(STATUS,),
        strategy=ValidatingAdmissionPolicyStrategy(),
        columns=columns.VALIDATINGADMISSIONPOLICIES,
        cells=_cells,
    ),
)
