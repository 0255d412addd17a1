"""The table row of a policy binding, and how it names its parameters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import UNSET, age, selector
from ..strategy import Object


def binding_cells(obj: Object, now: datetime) -> list[Any]:
    """The row of a policy binding."""
    spec = obj.get("spec") or {}
    return [obj["metadata"]["name"], spec.get("policyName", ""), param_ref(spec), age(obj, now)]


def param_ref(spec: Object) -> str:
    """`namespace/name`, `name` or a selector; `<unset>` without parameters."""
    reference = spec.get("paramRef")
    if not reference:
        return UNSET
    if reference.get("name"):
        namespace = reference.get("namespace")
        return f"{namespace}/{reference['name']}" if namespace else str(reference["name"])
    return selector(reference.get("selector"))
