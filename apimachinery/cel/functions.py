"""How functions are declared: names, overloads, implementations. The libraries are lists of these.

An implementation takes CEL values (the receiver first) and returns one, or raises EvaluationError. Ids of
overloads are upstream's: the price of a call depends on them.

Source: cel-go common/decls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .types import CelType
from .values import type_name

Implementation = Callable[..., Any]


class Overload:
    __slots__ = ("args", "elements", "id", "implement", "kinds", "member", "params", "result")

    def __init__(
        self, name: str, args: Sequence[CelType], result: CelType, implement: Implementation, *, member: bool
    ) -> None:
        self.id = name
        self.args = tuple(args)
        self.result = result
        self.implement = implement
        self.member = member
        self.params = frozenset(_params((*args, result)))
        self.kinds = tuple(_runtime_kind(arg) for arg in args)
        """Names of the run-time types that the arguments must have; empty for any."""
        self.elements = tuple(_element_kind(arg) for arg in args)
        """The same of the first elements of lists."""

    def takes(self, args: Sequence[Any], kinds: Sequence[str]) -> bool:
        """Whether it is for arguments of these run-time kinds."""
        if any(want and want != have for want, have in zip(self.kinds, kinds, strict=True)):
            return False
        return all(
            not want or not arg or type_name(arg[0]) == want
            for want, arg in zip(self.elements, args, strict=True)
        )


class Function:
    __slots__ = ("name", "overloads")

    def __init__(self, name: str, overloads: Sequence[Overload]) -> None:
        self.name = name
        self.overloads = tuple(overloads)


def _params(declared: Iterable[CelType]) -> Iterable[str]:
    for one in declared:
        if one.kind == "param":
            yield one.name
        yield from _params(one.params)


def _runtime_kind(declared: CelType) -> str:
    if declared.kind in ("dyn", "param"):
        return ""
    return declared.name


def _element_kind(declared: CelType) -> str:
    return _runtime_kind(declared.params[0]) if declared.kind == "list" and declared.params else ""


def over(name: str, args: Sequence[CelType], result: CelType, implement: Implementation) -> Overload:
    """A function called as f(x)."""
    return Overload(name, args, result, implement, member=False)


def member(name: str, args: Sequence[CelType], result: CelType, implement: Implementation) -> Overload:
    """A function called as x.f(); the receiver is the first of `args`."""
    return Overload(name, args, result, implement, member=True)


def unguarded(overload: Overload) -> Overload:
    """One that looks at the elements of its lists itself."""
    overload.elements = ("",) * len(overload.args)
    return overload


def merge(libraries: Iterable[Iterable[Function]]) -> dict[str, Function]:
    """One table of all libraries: functions of one name share their overloads."""
    table: dict[str, Function] = {}
    for library in libraries:
        for function in library:
            there = table.get(function.name)
            overloads = (*there.overloads, *function.overloads) if there else function.overloads
            table[function.name] = Function(function.name, overloads)
    return table
