"""What is wrong with a number by its schema's bounds, factor and format, with go-openapi's conversions.

Bounds are floats in Go. A whole value is compared with the whole part of its bound, unless the bound is none
of the schema's type.

Source: kube-openapi pkg/validation/validate: numberValidator, values.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from .json_types import INT64, go_float, is_json_integer
from .node import MISSING

INT32 = (-(1 << 31), (1 << 31) - 1)
_RANGES = {"int32": INT32, "int64": INT64, "": INT64}
_FLOAT32_LIMIT = float.fromhex("0x1.ffffffp127")
"""What rounds to more than the greatest float32."""


class Fault(NamedTuple):
    text: str
    shown: Any = MISSING
    """The value the error carries; MISSING: none, nor a field."""
    named: bool = True
    """Whether the text goes on after "PATH in body"."""


def faults(raw: dict[str, Any], kind: str, form: str, value: int | float, path: str) -> Iterator[Fault]:
    """`kind`: integer or number when the schema says so and nothing else, else empty."""
    yield from _range(value, kind, form, "Checked", path)
    factor, low, high = raw.get("multipleOf"), raw.get("minimum"), raw.get("maximum")
    if factor is not None:
        wrong = list(_range(factor, kind, form, "MultipleOf", path))
        yield from wrong
        yield from _multiple(float(value) if wrong else value, factor, path)
    if low is not None:
        wrong = list(_range(low, kind, form, "Minimum boundary", path))
        yield from wrong
        number, bound = _comparable(value, low, bool(wrong))
        if number < bound or (number == bound and raw.get("exclusiveMinimum")):
            relation = "greater than" if raw.get("exclusiveMinimum") else "greater than or equal to"
            yield Fault(f"should be {relation} {go_float(bound)}", _plain(number))
    if high is not None:
        wrong = list(_range(high, kind, form, "Maximum boundary", path))
        yield from wrong
        number, bound = _comparable(value, high, bool(wrong))
        if number > bound or (number == bound and raw.get("exclusiveMaximum")):
            relation = "less than" if raw.get("exclusiveMaximum") else "less than or equal to"
            yield Fault(f"should be {relation} {go_float(bound)}", _plain(number))


def _range(value: int | float, kind: str, form: str, what: str, path: str) -> Iterator[Fault]:
    if kind == "integer":
        low, high = _RANGES[form]
        fits = (not isinstance(value, float) or value.is_integer()) and low <= value <= high
    else:
        fits = form != "float" or abs(value) < _FLOAT32_LIMIT
    if not fits:
        shown = f"with format {form}" if form else "(default format)"
        yield Fault(f"{what} value must be of type {kind} {shown} in {path}")


def _comparable(value: int | float, bound: float, odd: bool) -> tuple[int | float, float]:
    """A whole value's bound loses its fraction, but not one that the schema's type cannot hold."""
    if isinstance(value, float) or odd:
        return float(value), bound
    return value, int(bound)


def _multiple(value: int | float, factor: float, path: str) -> Iterator[Fault]:
    whole = not isinstance(value, float)
    by = int(factor) if whole else float(factor)
    if by <= 0:
        text = f"factor MultipleOf declared for {path} must be positive: {go_float(by)}"
        yield Fault(text, _plain(by), named=False)
        return
    times = value / by if by >= 1 else 1 / by * value
    if value % by if whole else not is_json_integer(times):
        yield Fault(f"should be a multiple of {go_float(by)}", _plain(value))


def _plain(number: float) -> float:
    """The number as JSON shows it: a whole float has no fraction."""
    return int(number) if float(number).is_integer() and abs(number) < 1e21 else number
