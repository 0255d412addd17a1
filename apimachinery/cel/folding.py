"""What is done with constants when a program is made, and which expressions are attributes.

Constants are free when the program runs; so is the root of an attribute that another attribute holds.

Source: cel-go interpreter/{decorators,planner,attributes}.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import regex
from .ast import Call, Expr, Ident, ListLiteral, Literal, MapLiteral, Select
from .errors import EvaluationError
from .functions import Function
from .library.convert import NAMES
from .library.operators import qualifier
from .values import TypeValue, type_name

Constant = tuple[Any]


def constant(node: Expr, functions: Mapping[str, Function]) -> Constant | None:
    """The value that an expression always has. Raises EvaluationError where a conversion of one fails."""
    if isinstance(node, Literal):
        return (node.value,)
    if isinstance(node, Ident):
        return None if node.named_type is None else (TypeValue(node.named_type.name),)
    if isinstance(node, ListLiteral):
        return _list(node, functions)
    if isinstance(node, MapLiteral):
        return _map(node, functions)
    if isinstance(node, Call):
        return _call(node, functions)
    return None


def _list(node: ListLiteral, functions: Mapping[str, Function]) -> Constant | None:
    found = []
    for element in node.elements:
        value = None if node.optional else constant(element, functions)
        if value is None:
            return None
        found.append(value[0])
    return (found,)


def _map(node: MapLiteral, functions: Mapping[str, Function]) -> Constant | None:
    found: dict[Any, Any] = {}
    for entry in node.entries:
        key = None if entry.optional else constant(entry.key, functions)
        value = None if key is None else constant(entry.value, functions)
        if key is None or value is None or isinstance(key[0], float | list | dict | None) or key[0] in found:
            return None
        found[key[0]] = value[0]
    return (found,)


def _call(node: Call, functions: Mapping[str, Function]) -> Constant | None:
    if node.function == "@in":
        inside = constant(node.args[1], functions)
        return (False,) if inside is not None and inside[0] == [] else None
    if node.function not in NAMES or node.target is not None or len(node.args) != 1:
        return None
    given = constant(node.args[0], functions)
    if given is None:
        return None
    kind = type_name(given[0])
    for overload in functions[node.function].overloads:
        if len(overload.kinds) == 1 and overload.kinds[0] in ("", kind):
            return (overload.implement(given[0]),)
    raise EvaluationError(f"no such overload: {node.function}({kind})")


def check_pattern(given: Constant | None) -> None:
    """Patterns that are constants are compiled at once."""
    if given is None or not isinstance(given[0], str):
        return
    try:
        regex.compiled(given[0])
    except regex.PatternError as wrong:
        raise EvaluationError(str(wrong)) from None


def check_qualifier(given: Constant | None) -> None:
    """What a value may be indexed by, as far as it is a constant."""
    if given is not None:
        qualifier(given[0])


_QUALIFIED = ("_[_]", "_[?_]", "_?._")


def is_attribute(node: Expr) -> bool:
    """A variable and what is selected from something, by name or index, or the one or the other of two."""
    if isinstance(node, Ident):
        return node.named_type is None
    return isinstance(node, Select) or (isinstance(node, Call) and node.function in (*_QUALIFIED, "_?_:_"))


def has_root(node: Expr) -> bool:
    """An attribute whose root costs 1 where it stands alone."""
    if isinstance(node, Select) and node.test:
        return False
    return is_attribute(node) and not (isinstance(node, Call) and node.function == "_?_:_")
