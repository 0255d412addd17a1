"""What an expression may cost at worst, before it ever runs.

Sizes come from literals, from limits of the schema (through the path from a variable to a value) and from
what calls make of sizes. The result decides which rules a definition may have, so it has to be upstream's
number.

Source: cel-go checker/cost.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from . import call_estimates
from .ast import (
    ACCUMULATOR,
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
from .call_estimates import Given
from .prices import LIST, MAP, STRUCT
from .ranges import MOST, NOTHING, ONE, UNKNOWN, Range, fixed
from .types import SCALARS, CelType, unwrap_optional
from .values import size

Path = tuple[str, ...]


class EntrySize(NamedTuple):
    """Sizes of the keys (indexes) and values of a container."""

    container: str
    key: Range
    value: Range

    def union(self, other: EntrySize | None) -> EntrySize | None:
        if other is None:
            return None
        return EntrySize(self.container, self.key.union(other.key), self.value.union(other.value))


class _Local(NamedTuple):
    path: Path
    size: Range | None
    entries: EntrySize | None


def estimate(tree: Expr, root: CelType) -> Range:
    """The cost of a rule about a value of type `root`, whose `max_size`s bound what is in it."""
    return _Estimator(root).cost(tree)


class _Estimator:
    def __init__(self, root: CelType) -> None:
        self.root = root
        self.paths: dict[int, Path] = {}
        self.sizes: dict[int, Range] = {}
        self.entries: dict[int, EntrySize] = {}
        self.locals: dict[str, list[_Local]] = {}

    def local(self, node: Expr) -> _Local | None:
        found = self.locals.get(node.name) if isinstance(node, Ident) else None
        return found[-1] if found else None

    # Paths and sizes

    def path(self, node: Expr) -> Path:
        local = self.local(node)
        return local.path if local is not None else self.paths.get(id(node), ())

    def size(self, node: Expr) -> Range | None:
        there = self.sizes.get(id(node))
        if there is not None:
            return there
        if isinstance(node, Literal):
            return fixed(size(node.value))
        if isinstance(node, ListLiteral):
            return fixed(len(node.elements))
        if isinstance(node, MapLiteral):
            return fixed(len(node.entries))
        declared = self.declared(self.path(node))
        if declared is not None:
            self.sizes[id(node)] = declared
            return declared
        if _scalar(node.type):
            return ONE
        local = self.local(node)
        return local.size if local is not None else None

    def size_or_unknown(self, node: Expr) -> Range:
        return self.size(node) or UNKNOWN

    def declared(self, path: Path) -> Range | None:
        """The limit that the schema sets for what is at a path; None when no schema says anything."""
        found = self.declared_type(path)
        return None if found is None or found.max_size is None else Range(0, found.max_size)

    def declared_type(self, path: Path) -> CelType | None:
        if not path:
            return None
        # Upstream does not look at where a path begins: every path leads from `self`.
        here: CelType | None = self.root
        for name in path[1:]:
            if here is None:
                return None
            if name in ("@items", "@values"):
                here = here.params[-1] if here.kind in ("list", "map") else None
            elif name == "@keys":
                here = here.params[0] if here.kind == "map" else None
            elif here.kind == "map" and here.open:
                here = here.params[-1]
            else:
                here = (here.fields or {}).get(name)
        return here

    def entry_size(self, node: Expr) -> EntrySize | None:
        there = self.entries.get(id(node))
        if there is not None:
            return there
        local = self.local(node)
        return local.entries if local is not None else None

    def given(self, node: Expr) -> Given:
        path = self.path(node)
        if path and path[0] in (ACCUMULATOR, "__result__"):
            path = ()
        items = None
        if node.type.params:
            items = self.declared((*path, "@items")) if path else None
        return Given(node, self.size(node), items)

    # Costs

    def cost(self, node: Expr) -> Range:
        if isinstance(node, Literal):
            return NOTHING
        if isinstance(node, Ident):
            local = self.local(node)
            self.paths[id(node)] = local.path if local is not None else (node.name,)
            return ONE
        if isinstance(node, Select):
            return self.select(node)
        if isinstance(node, Call):
            return self.call(node)
        if isinstance(node, ListLiteral):
            return self.list_literal(node)
        if isinstance(node, MapLiteral):
            return self.map_literal(node)
        if isinstance(node, StructLiteral):
            return _total([self.cost(field.value) for field in node.fields]).plus(fixed(STRUCT))
        assert isinstance(node, Comprehension)
        return self.bound(node) if node.binds else self.comprehension(node)

    def select(self, node: Select) -> Range:
        cost = self.cost(node.operand)
        if node.test:
            return cost
        if node.operand.type.kind in ("map", "struct", "param"):
            cost = cost.plus(ONE)
        self.paths[id(node)] = (*self.path(node.operand), node.field)
        return cost

    def call(self, node: Call) -> Range:
        if node.function == "dyn":
            cost = self.cost(node.args[0]).plus(ONE)
            self.copy(node, node.args[0])
            return cost
        costs = [self.cost(arg) for arg in node.args]
        target = self.cost(node.target) if node.target is not None else NOTHING
        if not node.overloads:
            return NOTHING
        args = [self.given(arg) for arg in node.args]
        receiver = self.given(node.target) if node.target is not None else None
        total = Range(MOST, 0)
        result: Range | None = None
        for overload in node.overloads:
            price, made = self.overload(node, overload, receiver, args, costs)
            total = total.union(price)
            if made is not None:
                result = made if result is None else result.union(made)
            result = self.indexed(node, overload, result)
            if result is None:
                result = self.size(node)
        if result is not None:
            self.sizes[id(node)] = result
        return target.plus(total)

    def indexed(self, node: Call, overload: str, result: Range | None) -> Range | None:
        """Elements have a path of their own and the size that the container's have."""
        if overload not in ("index_list", "index_map"):
            return result
        entries = self.entry_size(node.args[0])
        step = "@items" if overload == "index_list" else "@values"
        self.paths[id(node)] = (*self.path(node.args[0]), step)
        return entries.value if entries is not None else None

    def overload(
        self,
        node: Call,
        overload: str,
        target: Given | None,
        args: Sequence[Given],
        costs: Sequence[Range],
    ) -> tuple[Range, Range | None]:
        """(cost with the arguments', size of the result if it has one)."""
        found = call_estimates.estimate(node.function, overload, target, args)
        if found is not None:
            return found.cost.plus(_total(costs)), found.size
        if overload in ("logical_or", "logical_and"):
            return Range(costs[0].low, costs[0].plus(costs[1]).high), None
        if overload == "conditional":
            return self.conditional(node, costs)
        if overload in ("add_string", "add_bytes", "add_list"):
            return self.addition(node, overload, costs)
        return ONE.plus(_total(costs)), None

    def conditional(self, node: Call, costs: Sequence[Range]) -> tuple[Range, Range]:
        _, yes, no = node.args
        entries = self.entry_size(yes)
        joined = entries.union(self.entry_size(no)) if entries is not None else None
        if joined is not None:
            self.entries[id(node)] = joined
        made = self.size_or_unknown(yes).union(self.size_or_unknown(no))
        return costs[0].plus(costs[1].union(costs[2])), made

    def addition(self, node: Call, overload: str, costs: Sequence[Range]) -> tuple[Range, Range]:
        left, right = node.args
        made = self.size_or_unknown(left).plus(self.size_or_unknown(right))
        entries = self.entry_size(left)
        joined = entries.union(self.entry_size(right)) if entries is not None else None
        if joined is not None:
            self.entries[id(node)] = joined
        own = ONE if overload == "add_list" else made.scaled(0.1)
        return own.plus(_total(costs)), made

    def list_literal(self, node: ListLiteral) -> Range:
        costs, items = [], Range(MOST if node.elements else 0, 0)
        for element in node.elements:
            costs.append(self.cost(element))
            items = items.union(self.size_or_unknown(element))
        self.entries[id(node)] = EntrySize("list", ONE, items)
        return _total(costs).plus(fixed(LIST))

    def map_literal(self, node: MapLiteral) -> Range:
        costs = []
        keys = values = Range(MOST if node.entries else 0, 0)
        for entry in node.entries:
            costs += [self.cost(entry.key), self.cost(entry.value)]
            keys = keys.union(self.size_or_unknown(entry.key))
            values = values.union(self.size_or_unknown(entry.value))
        self.entries[id(node)] = EntrySize("map", keys, values)
        return _total(costs).plus(fixed(MAP))

    # Folds

    def push(self, name: str, local: _Local) -> None:
        self.locals.setdefault(name, []).append(local)

    def iterate(self, node: Comprehension) -> None:
        """Names for keys and values (two variables) or for what one variable takes."""
        entries = self.entry_size(node.items)
        path = self.path(node.items)
        is_list = (entries.container if entries else node.items.type.kind) == "list"
        key = _Local((*path, "@indices" if is_list else "@keys"), entries.key if entries else None, None)
        value = _Local((*path, "@items" if is_list else "@values"), entries.value if entries else None, None)
        if node.second:
            self.push(node.first, key)
            self.push(node.second, value)
        else:
            self.push(node.first, value if is_list else key)

    def comprehension(self, node: Comprehension) -> Range:
        total = self.cost(node.items).plus(self.cost(node.initial))
        self.push(
            node.accumulator,
            _Local(self.path(node.initial), self.size(node.initial), self.entry_size(node.initial)),
        )
        self.iterate(node)
        loop = self.cost(node.condition).plus(self.cost(node.step))
        self.locals[node.first].pop()
        if node.second:
            self.locals[node.second].pop()
        total = total.plus(self.cost(node.result))
        self.locals[node.accumulator].pop()
        count = self.size_or_unknown(node.items)
        total = total.plus(count.times(loop))
        self.size_of_fold(node, count)
        return total

    def size_of_fold(self, node: Comprehension, count: Range) -> None:
        if isinstance(node.initial, Literal):
            found = self.size(node.initial)
            if found is not None:
                self.sizes[id(node)] = found
        elif isinstance(node.initial, ListLiteral | MapLiteral):
            self.sizes[id(node)] = count
            entries = self.entry_size(node.step)
            if entries is not None:
                self.entries[id(node)] = entries

    def bound(self, node: Comprehension) -> Range:
        total = self.cost(node.items).plus(self.cost(node.initial))
        local = _Local(self.path(node.initial), self.size(node.initial), self.entry_size(node.initial))
        self.push(node.accumulator, local)
        total = total.plus(self.cost(node.result))
        self.locals[node.accumulator].pop()
        self.copy(node, node.result)
        return total

    def copy(self, node: Expr, source: Expr) -> None:
        found, entries = self.size(source), self.entry_size(source)
        if found is not None:
            self.sizes[id(node)] = found
        if entries is not None:
            self.entries[id(node)] = entries


def _scalar(declared: CelType) -> bool:
    inner, optional = unwrap_optional(declared)
    return inner.kind in SCALARS if optional else declared.kind in SCALARS


def _total(costs: Sequence[Range]) -> Range:
    total = NOTHING
    for cost in costs:
        total = total.plus(cost)
    return total
