"""The steps that plans are made of: functions of a Frame that give a value and add up what it costs.

Source: cel-go interpreter/{attributes,interpretable,runtimecost}.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import prices
from .errors import BudgetExceeded, EvaluationError, Stopped
from .functions import Overload
from .misfits import misfit
from .types import CelType
from .values import NONE, Optional, contains, go_name, type_name

Values = Mapping[str, Any]


class Frame:
    """One evaluation: the variables, the folds' own variables, and the cost so far."""

    __slots__ = ("cost", "limit", "slots", "values")

    def __init__(self, values: Values, slots: int, limit: int) -> None:
        self.values = values
        self.slots: list[Any] = [None] * slots
        self.cost = 0
        self.limit = limit


Step = Callable[[Frame], Any]


def constant(value: Any) -> Step:
    return lambda frame: value


def fresh_list(frame: Frame) -> list[Any]:
    """Constants are shared; what is appended to must not be."""
    return []


def repriced(step: Step, more: int) -> Step:
    """The step, at another cost."""
    if not more:
        return step

    def run(frame: Frame) -> Any:
        frame.cost += more
        return step(frame)

    return run


def free_if_absent(step: Step) -> Step:
    """An optional index, which costs nothing when nothing is there."""

    def run(frame: Frame) -> Any:
        found = step(frame)
        frame.cost -= not found.present
        return found

    return run


def among(step: Step, items: list[Any]) -> Step:
    """Whether a list of constants holds the value."""
    texts = frozenset(items) if all(type(item) is str for item in items) else None

    def run(frame: Frame) -> bool:
        value = step(frame)
        if texts is not None:
            return type(value) is str and value in texts
        return contains(items, value)

    return run


def alternative(first: Step, second: Step, *, unwrap: bool) -> Step:
    """The first, an optional, where it is present, else the second."""

    def run(frame: Frame) -> Any:
        found = first(frame)
        if not isinstance(found, Optional):
            raise EvaluationError("no such overload")
        if not found.present:
            return second(frame)
        return found.value if unwrap else found

    return run


def local(place: int) -> Step:
    def run(frame: Frame) -> Any:
        frame.cost += 1
        value = frame.slots[place]
        if type(value) is EvaluationError:
            raise value
        return value

    return run


def variable(name: str) -> Step:
    def run(frame: Frame) -> Any:
        frame.cost += 1
        try:
            return frame.values[name]
        except KeyError:
            raise EvaluationError(f"no such attribute(s): {name}") from None

    return run


def path(name: str, keys: tuple[str, ...], *, nulls: bool) -> Step:
    """`nulls`: whether the last field may be null, which is as if it were absent otherwise."""
    cost = 1 + len(keys)

    def run(frame: Frame) -> Any:
        frame.cost += cost
        try:
            value = frame.values[name]
        except KeyError:
            raise EvaluationError(f"no such attribute(s): {name}") from None
        for key in keys:
            try:
                value = value[key]
            except (KeyError, TypeError, IndexError):
                value = select_field(value, key, nulls=nulls)
        if value is None and not nulls:
            raise EvaluationError(f"no such key: {keys[-1]}")
        return value

    return run


def selection(inner: Step, key: str, *, nulls: bool) -> Step:
    def run(frame: Frame) -> Any:
        value = inner(frame)
        frame.cost += 1
        try:
            found = value[key]
        except (KeyError, TypeError, IndexError):
            absent = select_field(value, key, nulls=nulls)
            frame.cost -= not absent.present
            return absent
        if found is None and not nulls:
            raise EvaluationError(f"no such key: {key}")
        return found

    return run


def select_field(value: Any, key: str, *, nulls: bool) -> Optional:
    """value.key where it is not simply there."""
    if isinstance(value, Optional):
        return optional_field(value, key, nulls=nulls)
    if isinstance(value, list):
        raise EvaluationError("unsupported index type 'string' in list")
    raise EvaluationError(f"no such key: {key}")


def optional_field(value: Any, key: str, *, nulls: bool) -> Optional:
    if isinstance(value, Optional):
        return optional_field(value.value, key, nulls=nulls) if value.present else NONE
    return Optional(value[key]) if _holds(value, key, nulls) else NONE


def _holds(value: Any, key: str, nulls: bool) -> bool:
    return isinstance(value, dict) and key in value and (nulls or value[key] is not None)


def optional(value: Any, what: str) -> Optional:
    if isinstance(value, Optional):
        return value
    raise EvaluationError(f"cannot initialize optional {what} from non-optional value {value}")


def presence(inner: Step, key: str, *, nulls: bool) -> Step:
    def run(frame: Frame) -> bool:
        value = inner(frame)
        if isinstance(value, Optional):
            value = value.value if value.present else None
        return _holds(value, key, nulls)

    return run


def wire_of(declared: CelType) -> Callable[[Any], Any] | None:
    return None if declared.kind == "struct" else declared.wire


def converted(step: Step, declared: CelType) -> Step:
    """The step, with JSON made to a CEL value where the type says that they differ."""
    wire = wire_of(declared)
    if wire is None:
        return step
    return lambda frame: wire(step(frame))


def logic(terms: list[Step], *, stop: bool) -> Step:
    """`||` (stop True) or `&&`: one deciding term makes the errors of others void."""

    def run(frame: Frame) -> bool:
        wrong: EvaluationError | None = None
        for term in terms:
            try:
                value = term(frame)
            except Stopped:
                raise
            except EvaluationError as error:
                wrong = wrong or error
                continue
            if value is stop:
                return value is True
            if type(value) is not bool:
                wrong = wrong or EvaluationError("no such overload")
        if wrong is not None:
            raise wrong
        return not stop

    return run


def direct(name: str, steps: list[Step], overload: Overload, price: prices.Price | None) -> Step:
    implement = overload.implement
    if len(steps) == 2 and price is None:
        left, right = steps

        def binary(frame: Frame) -> Any:
            frame.cost += 1
            a, b = left(frame), right(frame)
            try:
                return implement(a, b)
            except _MISFITS:
                raise misfit(name, (a, b)) from None

        return binary

    def run(frame: Frame) -> Any:
        args = [step(frame) for step in steps]
        return _charged(frame, name, implement, args, price)

    return run


def _charged(
    frame: Frame, name: str, implement: Callable[..., Any], args: list[Any], price: prices.Price | None
) -> Any:
    """The call's value, with its cost added; beforehand where it can be told: nothing must run for long."""
    if frame.cost > frame.limit:
        raise BudgetExceeded
    try:
        if price is None:
            frame.cost += 1
            return implement(*args)
        if price in _AHEAD:
            frame.cost += price(args, None)
            if frame.cost > frame.limit:
                raise BudgetExceeded
            return implement(*args)
        result = implement(*args)
        frame.cost += price(args, result)
    except _MISFITS:
        raise misfit(name, args) from None
    return result


_MISFITS = (TypeError, AttributeError)
"""What an implementation meets in a value that is not of its declared type: data may differ from a schema, a
null may stand anywhere."""


_AHEAD = frozenset(
    found
    for function, overload in (
        ("matches", "matches_string"),
        ("find", "string_find_string"),
        ("distinct", "list_distinct"),
        ("sets", "list_sets_contains_list"),
        ("sets", "list_sets_intersects_list"),
        ("sets", "list_sets_equivalent_list"),
        ("contains", "contains_string"),
    )
    if (found := prices.price_of(function, overload)) is not None
)


def dispatched(name: str, steps: list[Step], candidates: list[Overload]) -> Step:
    priced = [(one, prices.price_of(name, one.id)) for one in candidates]

    def run(frame: Frame) -> Any:
        args = [step(frame) for step in steps]
        kinds = [type_name(arg) for arg in args]
        for overload, price in priced:
            if overload.takes(args, kinds):
                return _charged(frame, name, overload.implement, args, price)
        raise misfit(name, args)

    return run


def bound(place: int, initial: Step, result: Step) -> Step:
    def run(frame: Frame) -> Any:
        frame.slots[place] = initial(frame)
        return result(frame)

    return run


def appended(place: int, test: Step | None, item: Step, cost: int) -> Step:
    def run(frame: Frame) -> Any:
        found = frame.slots[place]
        if test is not None:
            chosen = test(frame)
            if chosen is not True:
                if chosen is False:
                    return found
                raise EvaluationError("no such overload")
        frame.cost += cost
        found.append(item(frame))
        return found

    return run


def folded(
    items: Step, initial: Step, condition: Step | None, step: Step, result: Step, places: tuple[int, int, int]
) -> Step:
    accumulator, first, second = places

    def run(frame: Frame) -> Any:
        found = items(frame)
        slots = frame.slots
        slots[accumulator] = initial(frame)
        for slots[first], value in _iterate(found, second >= 0):
            if second >= 0:
                slots[second] = value
            if condition is not None and not condition(frame):
                break
            try:
                slots[accumulator] = step(frame)
            except Stopped:
                raise
            except EvaluationError as error:
                slots[accumulator] = error
                if condition is None:
                    raise
            if frame.cost > frame.limit:
                raise BudgetExceeded
        return result(frame)

    return run


def _iterate(found: Any, pairs: bool) -> Any:
    if isinstance(found, list):
        return enumerate(found) if pairs else ((item, None) for item in found)
    if isinstance(found, dict):
        return found.items()
    shown = go_name(found)
    if pairs:
        raise EvaluationError(f"unsupported comprehension range type: {shown}")
    raise EvaluationError(f"got '{shown}', expected iterable type")
