"""Types of all nodes, and what does not fit.

The tree is annotated in place: `type` of every node, `overloads` of calls, names of types in identifiers;
selections that turn out to be qualified names become identifiers.

Source: cel-go checker/checker.go, cel/validator.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .ast import (
    Call,
    Comprehension,
    Expr,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    Select,
    StructLiteral,
)
from .errors import CompileError, Source
from .functions import Function, Overload
from .literals import check_literals
from .parser import RESERVED
from .types import (
    BOOL,
    DYN,
    ERROR,
    INT,
    UNSPECIFIED,
    CelType,
    list_of,
    map_of,
    optional_of,
    param,
    type_of,
    unwrap_optional,
)
from .unify import all_assignable, assignable, most_general, substitute

Structs = Callable[[str], CelType | None]
"""The struct type that a literal names."""


class Scope:
    """What an expression may name: variables, types, functions, structs to build."""

    __slots__ = ("functions", "structs", "types", "variables")

    def __init__(
        self,
        variables: Mapping[str, CelType],
        functions: Mapping[str, Function],
        types: Mapping[str, CelType],
        structs: Structs,
    ) -> None:
        self.variables = variables
        self.functions = functions
        self.types = types
        self.structs = structs


def check(tree: Expr, source: Source, scope: Scope) -> Expr:
    """The annotated tree. Raises CompileError."""
    checker = _Checker(scope)
    root = checker.visit(tree)
    checker.settle(root)
    issues = checker.issues or check_literals(root)
    if issues:
        issues.sort(key=lambda issue: issue[0])
        raise CompileError("\n".join(source.issue(at, text) for at, text in issues))
    return root


class _Checker:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.locals: list[dict[str, CelType]] = []
        self.mapping: dict[str, CelType] = {}
        self.free = 0
        self.issues: list[tuple[int, str]] = []
        self.nodes: list[Expr] = []

    def note(self, at: int, message: str) -> None:
        self.issues.append((at, message))

    def fresh(self) -> CelType:
        self.free += 1
        return param(f"_var{self.free}")

    def fits(self, first: CelType, second: CelType) -> bool:
        found = assignable(self.mapping, first, second)
        if found is None:
            return False
        self.mapping = found
        return True

    def known(self, declared: CelType) -> CelType:
        return substitute(self.mapping, declared)

    def settle(self, root: Expr) -> None:
        """After the walk: variables of types that stayed free are dyn."""
        for node in self.nodes:
            node.type = substitute(self.mapping, node.type, free_is_dyn=True)

    def visit(self, node: Expr) -> Expr:
        """The node, or what it is replaced by, with its type."""
        visited = self.VISITORS[type(node)](self, node)
        self.nodes.append(visited)
        return visited

    # Names

    def literal(self, node: Literal) -> Expr:
        return node

    def resolve(self, name: str) -> CelType | None:
        if not name.startswith("."):
            for names in reversed(self.locals):
                if name in names:
                    return names[name]
        return self.scope.variables.get(name.removeprefix("."))

    def ident(self, node: Ident) -> Expr:
        found = self.resolve(node.name)
        name = node.name.removeprefix(".")
        if found is not None:
            node.type = found
        elif name in self.scope.types:
            node.named_type = self.scope.types[name]
            node.type = type_of(node.named_type)
        else:
            node.type = ERROR
            self.undeclared(node.at, name if not node.name.startswith(".") else node.name)
        return node

    def undeclared(self, at: int, name: str) -> None:
        self.note(at, f"undeclared reference to '{name}' (in container '')")

    def select(self, node: Select) -> Expr:
        qualified = None if node.test else _qualified(node)
        if qualified is not None:
            named = Ident(node.at, qualified)
            if qualified in self.scope.variables:
                named.type = self.scope.variables[qualified]
                return named
            if qualified in self.scope.types:
                named.named_type = self.scope.types[qualified]
                named.type = type_of(named.named_type)
                return named
        if qualified is not None and "." in qualified and (declared := self.resolve(qualified)) is not None:
            variable = Ident(node.at, qualified)
            variable.type = declared
            return variable
        node.operand = self.visit(node.operand)
        found = self.field(node.at, node.operand, node.field)
        node.type = BOOL if node.test else self.known(found)
        return node

    def field(self, at: int, operand: Expr, name: str, *, optional: bool = False) -> CelType:
        """The type of operand.name; the operand is visited."""
        holder, was_optional = unwrap_optional(self.known(operand.type))
        found = ERROR
        if holder.kind == "map":
            found = holder.params[1]
        elif holder.kind == "struct":
            found = self.struct_field(at, holder, name)
        else:
            if holder.kind == "param":
                self.fits(DYN, holder)
            elif not holder.loose:
                self.note(at, f"type '{holder.describe()}' does not support field selection")
            found = DYN
        return optional_of(found) if was_optional or optional else found

    def struct_field(self, at: int, holder: CelType, name: str) -> CelType:
        fields = holder.fields or {}
        found = fields.get(name) or (fields.get(f"__{name}__") if name in RESERVED else None)
        if found is not None:
            return found
        if holder.open:
            return DYN
        self.note(at, f"undefined field '{name}'")
        return ERROR

    # Calls

    def call(self, node: Call) -> Expr:
        if node.function == "_?._":
            return self.optional_select(node)
        node.args = [self.visit(arg) for arg in node.args]
        if node.target is not None:
            prefix = _qualified(node.target)
            joined = self.scope.functions.get(f"{prefix}.{node.function}") if prefix else None
            if joined is not None:
                node.function = joined.name
                node.target = None
            else:
                node.target = self.visit(node.target)
        function = self.scope.functions.get(node.function.removeprefix("."))
        if function is None:
            self.undeclared(node.at, node.function)
            node.type = ERROR
            return node
        node.function = function.name
        self.choose(node, function)
        return node

    def optional_select(self, node: Call) -> Expr:
        node.args[0] = self.visit(node.args[0])
        name = node.args[1]
        field = str(name.value) if isinstance(name, Literal) else ""
        node.type = self.known(self.field(node.at, node.args[0], field, optional=True))
        node.overloads = ("select_optional_field",)
        return node

    def choose(self, node: Call, function: Function) -> None:
        """The overloads that the arguments fit, and the type of the result."""
        given = ([node.target] if node.target is not None else []) + node.args
        types = [arg.type for arg in given]
        if function.name in ("_&&_", "_||_"):
            self.logic(node, function, types)
            return
        chosen: list[str] = []
        result: CelType | None = None
        for overload in function.overloads:
            if overload.member != (node.target is not None):
                continue
            wanted, yields = self.instance(overload)
            found = all_assignable(self.mapping, types, wanted)
            if found is None:
                continue
            self.mapping = found
            chosen.append(overload.id)
            yields = self.known(yields)
            if result is None:
                result = yields
            elif result.kind != "dyn" and yields != result:
                result = DYN
        if result is None:
            self.no_overload(node, function.name, types)
            return
        node.overloads = tuple(chosen)
        node.type = result

    def logic(self, node: Call, function: Function, types: Sequence[CelType]) -> None:
        node.type = BOOL
        node.overloads = (function.overloads[0].id,)
        for arg, found in zip(node.args, types, strict=True):
            if not self.fits(found, BOOL):
                self.mismatch(arg.at, BOOL, found)
                node.type = ERROR

    def instance(self, overload: Overload) -> tuple[Sequence[CelType], CelType]:
        if not overload.params:
            return overload.args, overload.result
        fresh = {name: self.fresh() for name in sorted(overload.params)}
        return [substitute(fresh, arg) for arg in overload.args], substitute(fresh, overload.result)

    def no_overload(self, node: Call, name: str, types: Sequence[CelType]) -> None:
        shown = [substitute(self.mapping, one, free_is_dyn=True).describe() for one in types]
        receiver = f"{shown.pop(0)}." if node.target is not None else ""
        applied = f"{receiver}({', '.join(shown)})"
        self.note(node.at, f"found no matching overload for '{name}' applied to '{applied}'")
        node.type = ERROR

    def mismatch(self, at: int, wanted: CelType, found: CelType) -> None:
        self.note(at, f"expected type '{wanted.describe()}' but found '{self.known(found).describe()}'")

    # Literals of containers

    def joined(self, node: Expr, so_far: CelType | None, found: CelType) -> CelType:
        if so_far is None:
            return found
        if self.fits(so_far, found):
            return most_general(so_far, found)
        return DYN

    def inner(self, node: Expr, optional: bool) -> CelType:
        """The type that an element brings; of an optional one what is in it."""
        if not optional:
            return node.type
        found, is_optional = unwrap_optional(self.known(node.type))
        if not is_optional and found.kind != "dyn":
            self.mismatch(node.at, optional_of(found), found)
        return found

    def list_literal(self, node: ListLiteral) -> Expr:
        node.elements = [self.visit(element) for element in node.elements]
        found: CelType | None = None
        for i, element in enumerate(node.elements):
            found = self.joined(element, found, self.inner(element, i in node.optional))
        node.type = list_of(self.fresh() if found is None else found)
        return node

    def map_literal(self, node: MapLiteral) -> Expr:
        keys: CelType | None = None
        values: CelType | None = None
        entries = []
        for entry in node.entries:
            entry = entry._replace(key=self.visit(entry.key), value=self.visit(entry.value))
            keys = self.joined(entry.key, keys, entry.key.type)
            values = self.joined(entry.value, values, self.inner(entry.value, entry.optional))
            entries.append(entry)
        node.entries = entries
        node.type = map_of(keys or self.fresh(), values or self.fresh())
        return node

    def struct_literal(self, node: StructLiteral) -> Expr:
        declared = self.scope.structs(node.name.removeprefix("."))
        if declared is None:
            self.undeclared(node.at, node.name)
            node.type = ERROR
            return node
        node.type = declared
        node.fields = [field._replace(value=self.visit(field.value)) for field in node.fields]
        for field in node.fields:
            wanted = (declared.fields or {}).get(field.name)
            if wanted is None:
                wanted = DYN if declared.open else UNSPECIFIED
            found = self.inner(field.value, field.optional)
            if not self.fits(wanted, found):
                self.note(
                    field.at,
                    f"expected type of field '{field.name}' is '{wanted.describe()}' "
                    f"but provided type is '{self.known(found).describe()}'",
                )
        return node

    # Folds

    def comprehension(self, node: Comprehension) -> Expr:
        node.items = self.visit(node.items)
        node.initial = self.visit(node.initial)
        items = self.known(node.items.type)
        self.locals.append({node.accumulator: node.initial.type})
        names = self.iterated(node, items)
        self.locals.append(names)
        node.condition = self.visit(node.condition)
        self.wants(node.condition, BOOL)
        node.step = self.visit(node.step)
        self.wants(node.step, node.initial.type)
        self.locals.pop()
        node.result = self.visit(node.result)
        self.locals.pop()
        node.type = self.known(node.result.type)
        return node

    def wants(self, node: Expr, wanted: CelType) -> None:
        if not self.fits(wanted, node.type):
            self.mismatch(node.at, wanted, node.type)

    def iterated(self, node: Comprehension, items: CelType) -> dict[str, CelType]:
        first = second = DYN
        if items.kind == "list":
            first, second = (INT, items.params[0]) if node.second else (items.params[0], DYN)
        elif items.kind == "map":
            first, second = items.params
        elif items.loose or items.kind == "param":
            self.fits(DYN, items)
        else:
            self.note(
                node.items.at,
                f"expression of type '{items.describe()}' cannot be range of a comprehension "
                "(must be list, map, or dynamic)",
            )
            first = second = ERROR
        return {node.first: first, node.second: second} if node.second else {node.first: first}

    VISITORS: dict[type[Expr], Callable[..., Expr]] = {
        Literal: literal,
        Ident: ident,
        Select: select,
        Call: call,
        ListLiteral: list_literal,
        MapLiteral: map_literal,
        StructLiteral: struct_literal,
        Comprehension: comprehension,
    }


def _qualified(node: Expr) -> str | None:
    """`a.b.c` when the node is nothing but names and dots."""
    names: list[str] = []
    while isinstance(node, Select) and not node.test:
        names.append(node.field)
        node = node.operand
    if not isinstance(node, Ident):
        return None
    names.append(node.name)
    return ".".join(reversed(names))
