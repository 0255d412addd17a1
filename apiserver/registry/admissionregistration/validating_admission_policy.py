"""ValidatingAdmissionPolicy: admission rules written in CEL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..printing import UNSET, age
from ..resource import STATUS, Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import invalids
from . import columns
from .policies import default_policy, validate_policy
from .rules import validate_choice

ONE_ITEM = "validations or auditAnnotations must contain at least one item"
REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge")
MAX_ANNOTATIONS = 20


class ValidatingAdmissionPolicyStrategy(Strategy):
    """Rules of ValidatingAdmissionPolicys."""

    has_status = True
    tracks_generation = True
    allow_unconditional_update = False

    def default(self, obj: Object) -> None:
        default_policy(obj)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        spec = obj.get("spec") or {}
        validations, annotations = spec.get("validations") or [], spec.get("auditAnnotations") or []
        errors = validate_policy(spec, "spec")
        if not validations and not annotations:
            errors.append(field.required("spec.validations", ONE_ITEM))
            errors.append(field.required("spec.auditAnnotations", ONE_ITEM))
        for i, validation in enumerate(validations):
            errors += _validation(validation, f"spec.validations[{i}]")
        return errors + _audit(annotations, obj["metadata"].get("name", ""), "spec.auditAnnotations")


def _validation(validation: Object, path: str) -> list[FieldError]:
    expression, message = validation.get("expression", "").strip(), validation.get("message", "")
    errors: list[FieldError] = []
    if not expression:
        errors.append(field.required(f"{path}.expression", "expression is not specified"))
    text = message.strip()
    if message and not text:
        errors.append(field.invalid(f"{path}.message", message, "message must be non-empty if specified"))
    elif "\n" in text or "\r" in text:
        errors.append(field.invalid(f"{path}.message", message, "must not contain line breaks"))
    elif "\n" in expression and not text:
        why = "message must be specified if expression contains line breaks"
        errors.append(field.required(f"{path}.message", why))
    return errors + validate_choice(validation.get("reason"), REASONS, f"{path}.reason")


def _audit(annotations: list[Object], name: str, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if len(annotations) > MAX_ANNOTATIONS:
        why = f"must not have more than {MAX_ANNOTATIONS} auditAnnotations"
        errors.append(field.invalid(path, annotations, why))
    seen: set[str] = set()
    for i, annotation in enumerate(annotations):
        at, key = f"{path}[{i}]", annotation.get("key", "")
        full = f"{name}/{key}"
        errors += invalids(f"{at}.key", full, names.qualified_name(full))
        if not annotation.get("valueExpression", "").strip():
            errors.append(field.required(f"{at}.valueExpression", "valueExpression is not specified"))
        if key in seen:
            errors.append(field.duplicate(f"{at}.key", key))
        seen.add(key)
    return errors


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
