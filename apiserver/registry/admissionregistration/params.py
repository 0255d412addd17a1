"""How a policy binding names its parameters in a table."""

from __future__ import annotations

from ..printing import UNSET, selector
from ..strategy import Object


def param_ref(spec: Object) -> str:
    """`namespace/name`, `name` or a selector; `<unset>` without parameters."""
    reference = spec.get("paramRef")
    if not reference:
        return UNSET
    if reference.get("name"):
        namespace = reference.get("namespace")
        return f"{namespace}/{reference['name']}" if namespace else str(reference["name"])
    return selector(reference.get("selector"))
