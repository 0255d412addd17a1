"""What `has`, `all`, `map` … stand for: presence tests and folds.

Source: cel-go parser/macro.go, ext/comprehensions.go, ext/lists.go (sortBy), cel/library.go (optMap).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

from .ast import ACCUMULATOR, Call, Comprehension, Expr, Ident, ListLiteral, Literal, MapLiteral, Select
from .types import BOOL, INT

UNUSED = "#unused"
SORT_INPUT = "@__sortBy_input__"


class MacroError(Exception):
    """A macro is used in a way it does not have; `at` is the offset of the argument."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at


def expand(
    at: int, name: str, target: Expr | None, args: Sequence[Expr], *, bindings: bool = False
) -> Expr | None:
    """The expansion, or None when this call is no macro; `bindings` knows cel.bind. Raises MacroError."""
    if target is None:
        return _has(at, args[0]) if name == "has" and len(args) == 1 else None
    if bindings and (name, len(args)) == ("bind", 3) and isinstance(target, Ident) and target.name == "cel":
        return bind(at, _name(args[0], "cel.bind() variable names must be simple identifiers"), *args[1:])
    macro = _RECEIVERS.get((name, len(args)))
    return macro(at, target, args) if macro else None


def _has(at: int, inner: Expr) -> Expr:
    if not isinstance(inner, Select) or inner.test:
        raise MacroError(inner.at, "invalid argument to has() macro")
    return Select(at, inner.operand, inner.field, test=True)


def _name(node: Expr, message: str) -> str:
    if not isinstance(node, Ident):
        raise MacroError(node.at, message)
    if node.name in (ACCUMULATOR, "__result__"):
        raise MacroError(node.at, "iteration variable overwrites accumulator variable")
    return node.name


def _names(args: Sequence[Expr], variables: int, message: str) -> tuple[str, str]:
    first = _name(args[0], message)
    if variables == 1:
        return first, ""
    second = _name(args[1], message)
    if first == second:
        raise MacroError(args[1].at, f"duplicate variable name: {first}")
    return first, second


def _accu(at: int) -> Ident:
    return Ident(at, ACCUMULATOR)


def _quantifier(variables: int, make: Callable[[int, Expr], tuple[Expr, Expr, Expr, Expr]]) -> _Macro:
    def macro(at: int, target: Expr, args: Sequence[Expr]) -> Expr:
        names = _names(args, variables, "argument must be a simple name")
        return Comprehension(at, target, names, *make(at, args[variables]))

    return macro


def _all(at: int, test: Expr) -> tuple[Expr, Expr, Expr, Expr]:
    condition = Call(at, "@not_strictly_false", (_accu(at),))
    step = Call(at, "_&&_", (_accu(at), test))
    return Literal(at, True, BOOL), condition, step, _accu(at)


def _exists(at: int, test: Expr) -> tuple[Expr, Expr, Expr, Expr]:
    condition = Call(at, "@not_strictly_false", (Call(at, "!_", (_accu(at),)),))
    step = Call(at, "_||_", (_accu(at), test))
    return Literal(at, False, BOOL), condition, step, _accu(at)


def _exists_one(at: int, test: Expr) -> tuple[Expr, Expr, Expr, Expr]:
    more = Call(at, "_+_", (_accu(at), Literal(at, 1, INT)))
    step = Call(at, "_?_:_", (test, more, _accu(at)))
    result = Call(at, "_==_", (_accu(at), Literal(at, 1, INT)))
    return Literal(at, 0, INT), Literal(at, True, BOOL), step, result


def _only_if(at: int, test: Expr | None, step: Expr) -> Expr:
    return step if test is None else Call(at, "_?_:_", (test, step, _accu(at)))


def _gather(at: int, target: Expr, names: tuple[str, str], item: Expr, test: Expr | None) -> Comprehension:
    """A fold that appends `item` to a list."""
    step = _only_if(at, test, Call(at, "_+_", (_accu(at), ListLiteral(at, [item]))))
    return Comprehension(at, target, names, ListLiteral(at, []), Literal(at, True, BOOL), step, _accu(at))


def _map(at: int, target: Expr, args: Sequence[Expr]) -> Expr:
    names = _names(args, 1, "argument is not an identifier")
    test = args[1] if len(args) == 3 else None
    return _gather(at, target, names, args[-1], test)


def _filter(at: int, target: Expr, args: Sequence[Expr]) -> Expr:
    names = _names(args, 1, "argument is not an identifier")
    return _gather(at, target, names, args[0], args[1])


def _transform_list(at: int, target: Expr, args: Sequence[Expr]) -> Expr:
    names = _names(args, 2, "argument must be a simple name")
    return _gather(at, target, names, args[-1], args[2] if len(args) == 4 else None)


def _transform_map(at: int, target: Expr, args: Sequence[Expr]) -> Expr:
    names = _names(args, 2, "argument must be a simple name")
    step = Call(at, "cel.@mapInsert", (_accu(at), Ident(at, names[0]), args[-1]))
    return _to_map(at, target, names, args, step)


def _transform_entry(at: int, target: Expr, args: Sequence[Expr]) -> Expr:
    names = _names(args, 2, "argument must be a simple name")
    return _to_map(at, target, names, args, Call(at, "cel.@mapInsert", (_accu(at), args[-1])))


def _to_map(at: int, target: Expr, names: tuple[str, str], args: Sequence[Expr], step: Expr) -> Expr:
    test = args[2] if len(args) == 4 else None
    start: Expr = MapLiteral(at, [])
    return Comprehension(
        at, target, names, start, Literal(at, True, BOOL), _only_if(at, test, step), _accu(at)
    )


def bind(at: int, name: str, value: Expr, inner: Expr) -> Comprehension:
    """`inner` with `name` standing for `value`."""
    empty = ListLiteral(at, [])
    return Comprehension(
        at, empty, (UNUSED, ""), value, Literal(at, False, BOOL), Ident(at, name), inner, accumulator=name
    )


def _optional_map(name: str, wrap: bool) -> _Macro:
    def macro(at: int, target: Expr, args: Sequence[Expr]) -> Expr:
        if not isinstance(args[0], Ident):
            raise MacroError(args[0].at, f"{name}() variable name must be a simple identifier")
        value = Call(at, "value", (), copy.deepcopy(target))
        inner: Expr = bind(at, args[0].name, value, args[1])
        if wrap:
            inner = Call(at, "optional.of", (inner,))
        there = Call(at, "hasValue", (), target)
        return Call(at, "_?_:_", (there, inner, Call(at, "optional.none", ())))

    return macro


def _sort_by(at: int, target: Expr, args: Sequence[Expr]) -> Expr:
    keys = _map(at, Ident(at, SORT_INPUT), args)
    return bind(at, SORT_INPUT, target, Call(at, "@sortByAssociatedKeys", (keys,), Ident(at, SORT_INPUT)))


_Macro = Callable[[int, Expr, Sequence[Expr]], Expr]
_RECEIVERS: dict[tuple[str, int], _Macro] = {
    ("all", 2): _quantifier(1, _all),
    ("exists", 2): _quantifier(1, _exists),
    ("exists_one", 2): _quantifier(1, _exists_one),
    ("existsOne", 2): _quantifier(1, _exists_one),
    ("map", 2): _map,
    ("map", 3): _map,
    ("filter", 2): _filter,
    ("all", 3): _quantifier(2, _all),
    ("exists", 3): _quantifier(2, _exists),
    ("exists_one", 3): _quantifier(2, _exists_one),
    ("existsOne", 3): _quantifier(2, _exists_one),
    ("transformList", 3): _transform_list,
    ("transformList", 4): _transform_list,
    ("transformMap", 3): _transform_map,
    ("transformMap", 4): _transform_map,
    ("transformMapEntry", 3): _transform_entry,
    ("transformMapEntry", 4): _transform_entry,
    ("optMap", 2): _optional_map("optMap", wrap=True),
    ("optFlatMap", 2): _optional_map("optFlatMap", wrap=False),
    ("sortBy", 2): _sort_by,
}
