"""CEL in webhooks and policies: the variables it finds, and what is wrong with an expression.

The engine is imported with the first expression, which most servers never see.

Source: k8s.io/apiserver pkg/admission/plugin/cel/compile.go, admissionregistration validation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ....apimachinery import field
from ..validation.common import Errors

if TYPE_CHECKING:
    from ....apimachinery.cel.program import Program
    from ....apimachinery.cel.types import CelType

Variables = Mapping[str, "CelType"]


def variables(*, params: bool = False) -> Variables:
    """By name, those of a match condition; `params` for policies that have a paramKind."""
    from ....apimachinery.cel import admission

    return admission.variables(params=params)


def compiled(expression: str, declared: Variables, returns: Sequence[CelType]) -> Program:
    """CompileError."""
    from ....apimachinery.cel import program

    return program.compile(expression, declared, returns=returns)


def condition(expression: str, *, params: bool = False) -> Program:
    """A match condition. CompileError."""
    from ....apimachinery.cel.types import BOOL

    return compiled(expression, variables(params=params), (BOOL,))


def expression_errors(expression: str, path: str, declared: Variables, returns: Sequence[CelType]) -> Errors:
    """What is wrong with a required expression."""
    text = expression.strip()
    if not text:
        return [field.required(path)]
    from ....apimachinery.cel.errors import CompileError
    from ....apimachinery.cel.program import InstantiationError, ResultError

    try:
        compiled(text, declared, returns)
    except ResultError as error:
        return [field.invalid(path, text, str(error))]
    except InstantiationError as error:
        return [field.internal(path, f"program instantiation failed: {error}")]
    except CompileError as error:
        return [field.invalid(path, text, f"compilation failed: {error}")]
    return []


def condition_errors(expression: str, path: str, *, params: bool = False) -> Errors:
    from ....apimachinery.cel.types import BOOL

    return expression_errors(expression, path, variables(params=params), (BOOL,))
