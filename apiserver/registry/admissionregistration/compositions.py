"""What is wrong with the expressions of a policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ....apimachinery import field
from ....apimachinery.field import FieldError
from ..strategy import Object

if TYPE_CHECKING:
    from ....apimachinery.cel.admission import Composition
    from ....apimachinery.cel.program import Program


def composition(spec: Object) -> Composition:
    """What compiles the expressions of a policy. Validations of one without variables know no `variables`;
    mutations always do."""
    from ....apimachinery.cel.admission import Composition

    composed = bool(spec.get("variables") or spec.get("mutations"))
    return Composition(params=spec.get("paramKind") is not None, composed=composed)


def problems(
    compile_one: Callable[[str], Program], text: str, path: str, shown: str = ""
) -> Sequence[FieldError]:
    """What compiling an expression says; `shown` is the text as it was given."""
    from ....apimachinery.cel.errors import CompileError
    from ....apimachinery.cel.program import InstantiationError, ResultError

    try:
        compile_one(text)
    except ResultError as error:
        return [field.invalid(path, shown or text, str(error))]
    except InstantiationError as error:
        return [field.internal(path, f"program instantiation failed: {error}")]
    except CompileError as error:
        return [field.invalid(path, shown or text, f"compilation failed: {error}")]
    return []
