"""From the checked tree to nested functions that evaluate it, adding up what it costs.

A step is a function of a Frame that returns the value or raises EvaluationError. Calls whose argument types
are known call their implementation right away; others look for the overload by the values.

Source: cel-go interpreter/{planner,interpretable,runtimecost}.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import prices, shields, steps
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
from .errors import Crash, EvaluationError, Stopped
from .folding import check_pattern, check_qualifier, constant, has_root, is_attribute
from .functions import Function
from .library.quantities import Version
from .steps import Frame, Step
from .types import CelType, unwrap_optional
from .values import Optional, Struct, equal, go_name


class Plan:
    """`run(frame)` gives the value; `slots` says how many the frame needs."""

    __slots__ = ("run", "slots")

    def __init__(self, run: Step, slots: int) -> None:
        self.run = run
        self.slots = slots


def plan(tree: Expr, functions: Mapping[str, Function]) -> Plan:
    """Raises EvaluationError for conversions of constants that cannot be."""
    planner = _Planner(functions)
    run = planner.step(tree)
    return Plan(run, planner.most)


class _Planner:
    def __init__(self, functions: Mapping[str, Function]) -> None:
        self.functions = functions
        self.places: dict[str, int] = {}
        self.used = 0
        self.most = 0

    def step(self, node: Expr) -> Step:
        fixed = constant(node, self.functions)
        return steps.constant(fixed[0]) if fixed is not None else self.STEPS[type(node)](self, node)

    def reserve(self) -> int:
        place = self.used
        self.used += 1
        self.most = max(self.most, self.used)
        return place

    # Leaves

    def ident(self, node: Ident) -> Step:
        place, name = self.places.get(node.name), node.name.removeprefix(".")
        found = steps.converted(steps.variable(name), node.type) if place is None else steps.local(place)
        return shields.resolved(found) if node.type.name == "optional_type" else found

    def select(self, node: Select) -> Step:
        holder = unwrap_optional(node.operand.type)[0]
        key = holder.keys.get(node.field, node.field)
        nulls = not holder.null_is_absent
        if node.test:
            return steps.presence(self.holder(node.operand), key, nulls=nulls)
        root, keys = self.path(node)
        if keys is None:
            found = steps.selection(self.holder(node.operand), key, nulls=nulls)
            return steps.converted(found, node.type)
        return steps.converted(steps.path(root, keys, nulls=nulls), node.type)

    def holder(self, node: Expr) -> Step:
        """What something is selected from."""
        return steps.repriced(self.step(node), 0 if is_attribute(node) else 1)

    def path(self, node: Select) -> tuple[str, tuple[str, ...] | None]:
        """`variable.a.b` as one step; keys None when it is not that."""
        keys: list[str] = []
        here: Expr = node
        while isinstance(here, Select) and not here.test and here.operand.type.kind in _PLAIN:
            holder = here.operand.type
            if holder.wire is not None and holder.kind != "struct":
                return "", None
            keys.append(holder.keys.get(here.field, here.field))
            here = here.operand
        if isinstance(here, Ident) and here.named_type is None and here.name not in self.places:
            return here.name.removeprefix("."), tuple(reversed(keys))
        return "", None

    # Calls

    def call(self, node: Call) -> Step:
        special = self.SPECIAL.get(node.function)
        return self.call_any(node) if special is None else special(self, node)

    def call_any(self, node: Call) -> Step:
        given = ([node.target] if node.target is not None else []) + list(node.args)
        return self.called(node, given, [self.step(arg) for arg in given])

    def called(self, node: Call, given: list[Expr], parts: list[Step]) -> Step:
        if wanted := shields.looked_at(node):
            parts[-1] = shields.unshielded(parts[-1], wanted)
        if node.function in _PATTERNS and len(given) > 1:
            check_pattern(constant(given[1], self.functions))
        function = self.functions[node.function]
        overloads = [one for one in function.overloads if one.id in node.overloads]
        if len(overloads) == 1 and all(_certain(arg.type) for arg in given):
            price = prices.price_of(function.name, overloads[0].id)
            return steps.direct(function.name, parts, overloads[0], price)
        candidates = [
            one
            for one in function.overloads
            if one.member == (node.target is not None) and len(one.args) == len(given)
        ]
        return steps.dispatched(function.name, parts, candidates)

    def conjunction(self, node: Call) -> Step:
        return steps.logic([self.step(term) for term in _terms(node)], stop=False)

    def disjunction(self, node: Call) -> Step:
        return steps.logic([self.step(term) for term in _terms(node)], stop=True)

    def conditional(self, node: Call) -> Step:
        test = self.step(node.args[0])
        yes, no = (steps.repriced(self.step(arg), -1 if has_root(arg) else 0) for arg in node.args[1:])

        def run(frame: Frame) -> Any:
            chosen = test(frame)
            if chosen is True:
                return yes(frame)
            if chosen is False:
                return no(frame)
            raise EvaluationError("no such overload")

        return shields.resolved(run) if node.type.name == "optional_type" else run

    def equality(self, node: Call) -> Step:
        left, right = (self.step(arg) for arg in node.args)
        wanted = node.function == "_==_"
        price = prices.price_of(node.function, "equals")
        assert price is not None
        cheap = all(arg.type.kind in ("int", "bool", "double", "uint") for arg in node.args)

        def quick(frame: Frame) -> bool:
            frame.cost += 1
            return (left(frame) == right(frame)) is wanted

        def run(frame: Frame) -> bool:
            a, b = left(frame), right(frame)
            frame.cost += price((a, b), None)
            return equal(a, b) is wanted

        return quick if cheap else run

    def not_strictly_false(self, node: Call) -> Step:
        inner = self.step(node.args[0])

        def run(frame: Frame) -> bool:
            frame.cost += 1
            try:
                return inner(frame) is not False
            except Stopped:
                raise
            except EvaluationError:
                return True

        return run

    def optional_select(self, node: Call) -> Step:
        name = node.args[1]
        key = str(name.value) if isinstance(name, Literal) else ""
        holder = unwrap_optional(node.args[0].type)[0]
        key, nulls = holder.keys.get(key, key), not holder.null_is_absent
        inner = self.holder(node.args[0])
        wire = steps.wire_of(node.type.params[0]) if node.type.params else None

        def run(frame: Frame) -> Any:
            found = steps.optional_field(inner(frame), key, nulls=nulls)
            frame.cost += found.present
            if wire is not None and found.present:
                return Optional(wire(found.value))
            return found

        return run

    def index(self, node: Call) -> Step:
        optional = node.function == "_[?_]"
        index = node.args[1]
        free = has_root(index) - (not is_attribute(node.args[0]))
        check_qualifier(constant(index, self.functions))
        parts = [self.step(arg) for arg in node.args]
        if node.args[0].type.name == "optional_type":
            parts[0] = shields.present(parts[0])
            call = shields.unless_absent(self.called(node, list(node.args), parts))
        else:
            call = self.called(node, list(node.args), parts)
        found = steps.repriced(call, -int(free))
        return steps.free_if_absent(found) if optional else found

    def membership(self, node: Call) -> Step:
        """`in` a list of constants looks for the value at once."""
        given = constant(node.args[1], self.functions)
        if given is None or not _primitive(given[0]):
            return self.call_any(node)
        return steps.among(self.step(node.args[0]), given[0])

    def alternative(self, node: Call) -> Step:
        """`or`, `orValue`: the second only where the first is absent."""
        assert node.target is not None
        return steps.alternative(
            self.step(node.target), self.step(node.args[0]), unwrap=node.function == "orValue"
        )

    # Containers

    def list_literal(self, node: ListLiteral) -> Step:
        parts = [self.step(element) for element in node.elements]
        if not node.optional:

            def run(frame: Frame) -> Any:
                frame.cost += prices.LIST
                return [part(frame) for part in parts]

            return run
        optional = node.optional

        def run_optional(frame: Frame) -> Any:
            frame.cost += prices.LIST
            found: list[Any] = []
            for i, part in enumerate(parts):
                value = part(frame)
                if i not in optional:
                    found.append(value)
                elif steps.optional(value, "list element").present:
                    found.append(value.value)
            return found

        return run_optional

    def map_literal(self, node: MapLiteral) -> Step:
        entries = [(self.step(e.key), self.step(e.value), e.optional) for e in node.entries]

        def run(frame: Frame) -> Any:
            frame.cost += prices.MAP
            made: dict[Any, Any] = {}
            for key_step, value_step, optional in entries:
                key, value = key_step(frame), value_step(frame)
                if isinstance(key, bytes | Version):
                    raise Crash(f"runtime error: hash of unhashable type {go_name(key)}")
                if isinstance(key, list | dict | Optional | None):
                    raise EvaluationError("unsupported key type")
                if not optional:
                    made[key] = value
                elif steps.optional(value, "entry").present:
                    made[key] = value.value
                else:
                    made.pop(key, None)
            return made

        return run

    def struct_literal(self, node: StructLiteral) -> Step:
        fields = [(field.name, self.step(field.value), field.optional) for field in node.fields]
        declared = node.type

        def run(frame: Frame) -> Any:
            frame.cost += prices.STRUCT
            made: dict[str, Any] = {}
            for name, step, optional in fields:
                value = step(frame)
                if not optional:
                    made[name] = value
                elif steps.optional(value, "entry").present:
                    made[name] = value.value
            return Struct(declared, made)

        return run

    # Folds

    def comprehension(self, node: Comprehension) -> Step:
        items, initial = self.step(node.items), self.step(node.initial)
        outer = dict(self.places)
        before = self.used
        accumulator = self.reserve()
        self.places[node.accumulator] = accumulator
        if node.binds:
            result = self.step(node.result)
            self.places, self.used = outer, before
            if isinstance(node.result, Call) and (wanted := shields.looked_at(node.result)):
                initial = shields.unshielded(initial, wanted)
            return steps.bound(accumulator, initial, result)
        first = self.reserve()
        second = self.reserve() if node.second else -1
        inner = dict(self.places)
        self.places[node.first] = first
        if node.second:
            self.places[node.second] = second
        condition = None if _always(node.condition) else self.step(node.condition)
        gather = self.gathering(node)
        if gather is not None:
            initial = steps.fresh_list
        step = gather or self.step(node.step)
        self.places = inner
        result = self.step(node.result)
        self.places, self.used = outer, before
        return steps.folded(items, initial, condition, step, result, (accumulator, first, second))

    def gathering(self, node: Comprehension) -> Step | None:
        """A step that appends to a list: done in place, so that folds stay linear."""
        step, test = node.step, None
        if isinstance(step, Call) and step.function == "_?_:_" and _is_accumulator(step.args[2], node):
            test, step = step.args[0], step.args[1]
        if not (isinstance(step, Call) and step.function == "_+_"):
            return None
        if not (isinstance(node.initial, ListLiteral) and not node.initial.elements):
            return None
        tail = step.args[1]
        if not (isinstance(tail, ListLiteral) and len(tail.elements) == 1 and not tail.optional):
            return None
        place = self.places[node.accumulator]
        made = 0 if constant(tail, self.functions) is not None else prices.LIST
        return steps.appended(
            place, self.step(test) if test is not None else None, self.step(tail.elements[0]), 2 + made
        )

    STEPS: dict[type[Expr], Callable[..., Step]] = {
        Ident: ident,
        Select: select,
        Call: call,
        ListLiteral: list_literal,
        MapLiteral: map_literal,
        StructLiteral: struct_literal,
        Comprehension: comprehension,
    }
    SPECIAL: dict[str, Callable[..., Step]] = {
        "_&&_": conjunction,
        "_||_": disjunction,
        "_?_:_": conditional,
        "_==_": equality,
        "_!=_": equality,
        "@not_strictly_false": not_strictly_false,
        "_?._": optional_select,
        "_[_]": index,
        "_[?_]": index,
        "@in": membership,
        "or": alternative,
        "orValue": alternative,
    }


_PATTERNS = ("matches", "find", "findAll")
_PLAIN = ("struct", "map", "dyn")


def _certain(declared: CelType) -> bool:
    """Whether values are surely of the type: nothing dynamic at its top."""
    return declared.kind not in ("dyn", "param", "error")


def _primitive(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, str | bool | int | float | None) for item in value
    )


def _always(node: Expr) -> bool:
    return isinstance(node, Literal) and node.value is True


def _is_accumulator(node: Expr, fold: Comprehension) -> bool:
    return isinstance(node, Ident) and node.name == fold.accumulator


def _terms(node: Expr) -> list[Expr]:
    """The terms of a chain of one logical operator."""
    if not isinstance(node, Call):
        return [node]
    found: list[Expr] = []
    for arg in node.args:
        same = isinstance(arg, Call) and arg.function == node.function
        found.extend(_terms(arg) if same else [arg])
    return found
