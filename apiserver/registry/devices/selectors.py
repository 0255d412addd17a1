"""CEL selectors of devices. The engine is imported with the first of them.

Source: k8s.io/dynamic-resource-allocation cel/compile.go, resource.k8s.io validation.
"""

from __future__ import annotations

from ....apimachinery import field
from ..validation.common import Errors

MAX_LENGTH = 10 * 1024


def selector_errors(expression: str, path: str) -> Errors:
    """What is wrong with a selector's expression."""
    size = len(expression.encode())
    if size > MAX_LENGTH:
        return [field.too_long(path, MAX_LENGTH)]
    from ....apimachinery.cel import devices, program
    from ....apimachinery.cel.errors import CompileError
    from ....apimachinery.cel.types import BOOL, DYN

    try:
        compiled = program.compile(expression, devices.VARIABLES, returns=(BOOL, DYN), bindings=True)
    except program.ResultError as error:
        why = f"must evaluate to bool or the unknown type, not {error.found}"
        return [field.invalid(path, expression, why)]
    except program.InstantiationError as error:
        return [field.internal(path, f"program instantiation failed: {error}")]
    except CompileError as error:
        return [field.invalid(path, expression, f"compilation failed: {error}")]
    if devices.worst_cost(compiled.tree) > devices.MAX_COST:
        return [field.forbidden(path, "too complex, exceeds cost limit")]
    return []
