"""The features that a node declares: named like Go identifiers, sorted, each once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ....apimachinery import field
from ..validation.common import Errors

LONGEST = 253
FORM = re.compile(r"[A-Z][a-zA-Z0-9]*(/[a-zA-Z][a-zA-Z0-9]*)*")
SAYS = (
    "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature "
    "or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes"
)
PATH = "status.declaredFeatures"


def validate_declared_features(features: Sequence[str]) -> Errors:
    errors: Errors = []
    before = ""
    for i, name in enumerate(features):
        path, shown = f"{PATH}[{i}]", f"invalid feature name {field.quote(name)}"
        if i and name == before:
            errors.append(field.duplicate(path, name))
        elif i and name < before:
            errors.append(field.invalid(path, name, "list must be sorted alphabetically"))
        if len(name.encode()) > LONGEST:
            errors.append(field.invalid(path, name, f"{shown}: must be no more than {LONGEST} characters"))
        elif not FORM.fullmatch(name):
            errors.append(field.invalid(path, name, f"{shown}: {SAYS}"))
        before = name
    return errors
