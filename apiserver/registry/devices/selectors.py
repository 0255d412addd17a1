"""CEL selectors of devices. The engine is imported with the first of them.

Source: k8s.io/dynamic-resource-allocation cel/compile.go, resource.k8s.io validation.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ....apimachinery import field
from ..validation.common import Errors

if TYPE_CHECKING:
    from ....apimachinery.cel.types import CelType

MAX_LENGTH = 10 * 1024


@cache
def variables() -> dict[str, CelType]:
    """What a selector is asked about: `device`. The types of attributes are known only when it runs."""
    from ....apimachinery.cel.types import BOOL, DYN, QUANTITY, STRING, map_of, struct

    device = struct(
        "kubernetes.DRADevice",
        {
            "driver": STRING,
            "allowMultipleAllocations": BOOL,
            "attributes": map_of(STRING, map_of(STRING, DYN)),
            "capacity": map_of(STRING, map_of(STRING, QUANTITY)),
        },
    )
    return {"device": device}


def selector_errors(expression: str, path: str) -> Errors:
    """What is wrong with a selector's expression."""
    size = len(expression.encode())
    if size > MAX_LENGTH:
        return [field.too_long(path, MAX_LENGTH)]
    from ....apimachinery.cel import program
    from ....apimachinery.cel.errors import CompileError
    from ....apimachinery.cel.types import BOOL, DYN

    try:
        program.compile(expression, variables(), returns=(BOOL, DYN), bindings=True)
    except program.ResultError as error:
        why = f"must evaluate to bool or the unknown type, not {error.found}"
        return [field.invalid(path, expression, why)]
    except program.InstantiationError as error:
        return [field.internal(path, f"program instantiation failed: {error}")]
    except CompileError as error:
        return [field.invalid(path, expression, f"compilation failed: {error}")]
    return []
