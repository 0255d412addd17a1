"""Expressions that are ready to run: `compile` once, `evaluate` often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import environment
from .ast import Expr, Ident
from .budget import PER_CALL, Budget
from .checker import Scope, Structs, check
from .errors import BudgetExceeded, CompileError, EvaluationError, Source
from .functions import Function
from .literals import walk
from .parser import parse
from .planner import plan
from .steps import Frame
from .types import CelType


class ResultError(CompileError):
    """The expression yields another type than it should; `found` is the one it yields."""

    def __init__(self, wanted: Sequence[CelType], found: CelType) -> None:
        shown = str(wanted[0]) if len(wanted) == 1 else f"one of [{' '.join(map(str, wanted))}]"
        super().__init__(f"must evaluate to {shown} but got {found}")
        self.found = found


class InstantiationError(CompileError):
    """The expression checks, but a conversion of a constant in it fails."""


class Program:
    """A compiled expression: `returns` is its type, `names` are its variables, `tree` is the checked tree."""

    __slots__ = ("_run", "_slots", "expression", "names", "returns", "tree")

    def __init__(self, expression: str, tree: Expr, functions: Mapping[str, Function]) -> None:
        self.expression = expression
        self.tree = tree
        self.returns = tree.type
        self.names = frozenset(
            node.name.removeprefix(".") for node, _ in walk(tree) if isinstance(node, Ident)
        )
        planned = plan(tree, functions)
        self._run, self._slots = planned.run, planned.slots

    def evaluate(self, values: Mapping[str, Any], budget: Budget | None = None) -> Any:
        """The value. Raises EvaluationError; BudgetExceeded when this one call costs too much.

        What it cost is taken off the budget, which may fall below zero: the caller looks.
        """
        frame = Frame(values, self._slots, PER_CALL)
        try:
            value = self._run(frame)
        except RecursionError:
            raise EvaluationError("evaluation is nested too deeply") from None
        finally:
            if budget is not None:
                budget.left -= frame.cost
        if frame.cost > PER_CALL:
            raise BudgetExceeded
        return value


def compile(  # noqa: A001 - what it does
    expression: str,
    variables: Mapping[str, CelType],
    *,
    returns: Sequence[CelType] = (),
    structs: Structs = environment.no_structs,
    functions: Mapping[str, Function] = environment.FUNCTIONS,
    bindings: bool = False,
) -> Program:
    """The program of an expression over variables. Raises CompileError with cel-go's issues.

    `returns` lists the types it may yield (ResultError), `structs` names what it may build, `bindings` lets
    it name a value with cel.bind.
    """
    source = Source(expression)
    try:
        scope = Scope(variables, functions, environment.TYPES, structs)
        tree = check(parse(source, bindings=bindings), source, scope)
    except RecursionError:
        raise CompileError("expression recursion limit exceeded: 250") from None
    if returns and tree.type not in returns:
        raise ResultError(returns, tree.type)
    try:
        return Program(expression, tree, functions)
    except EvaluationError as wrong:
        raise InstantiationError(str(wrong)) from None
