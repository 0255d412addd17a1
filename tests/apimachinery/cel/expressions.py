"""What tests of expressions share."""

from __future__ import annotations

from typing import Any

from wherry.apimachinery.cel import program, types
from wherry.apimachinery.cel.budget import Budget
from wherry.apimachinery.cel.errors import CompileError, EvaluationError

NAMES = ("x", "y", "self", "object")


def evaluate(expression: str, **values: Any) -> Any:
    """The value; variables are dyn."""
    declared = dict.fromkeys((*NAMES, *values), types.DYN)
    return program.compile(expression, declared).evaluate(values)


def failure(expression: str, **values: Any) -> str:
    """What evaluating says instead of giving a value."""
    try:
        value = evaluate(expression, **values)
    except EvaluationError as error:
        return str(error)
    raise AssertionError(f"{expression} gave {value}")


def issues(expression: str, **declared: types.CelType) -> str:
    """What compiling says, without the lines that show the place."""
    known = dict.fromkeys(NAMES, types.DYN) | declared
    try:
        found = program.compile(expression, known)
    except CompileError as error:
        return "\n".join(line for line in str(error).split("\n") if not line.startswith(" |"))
    raise AssertionError(f"{expression} compiles to {found.returns}")


def cost(expression: str, **values: Any) -> int:
    """What evaluating costs, whether or not it gives a value."""
    declared = dict.fromkeys((*NAMES, *values), types.DYN)
    budget = Budget(0)
    try:
        program.compile(expression, declared).evaluate(values, budget)
    except EvaluationError:
        return -budget.left
    return -budget.left
