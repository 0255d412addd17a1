"""Quantities and versions: `quantity('1Gi')`, `semver('1.2.3')`.

Source: k8s.io/apiserver/pkg/cel/library/{quantity,semverlib}.go, blang/semver v4.
"""

from __future__ import annotations

import re
from functools import total_ordering
from typing import Any

from ... import quantity as quantities
from ... import strconv
from ..errors import EvaluationError
from ..functions import Function, member, over
from ..types import BOOL, DOUBLE, INT, QUANTITY, SEMVER, STRING
from ..values import NANO, Opaque
from .quantity_base import Base, base_of, total


@total_ordering
class QuantityValue(Opaque):
    """An amount, compared by value. `base`: what it is kept as, where it is not what its text says."""

    __slots__ = ("_base", "amount")
    cel_type = QUANTITY
    go_data = "*resource.Quantity"

    def __init__(self, amount: quantities.Quantity, base: Base | None = None) -> None:
        self.amount = amount
        self._base = base

    @property
    def base(self) -> Base:
        if self._base is None:
            self._base = base_of(str(self.amount), self.amount.nano)
        return self._base

    def __str__(self) -> str:
        return str(self.amount)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, QuantityValue) and self.amount.nano == other.amount.nano

    def __lt__(self, other: QuantityValue) -> bool:
        return self.amount.nano < other.amount.nano

    def __hash__(self) -> int:
        return hash(self.amount.nano)


def _quantity(text: str) -> QuantityValue:
    try:
        amount = quantities.parse(text)
        return QuantityValue(amount, base_of(text, amount.nano))
    except ValueError as wrong:
        raise EvaluationError(str(wrong)) from None


def _is_quantity(text: str) -> bool:
    try:
        quantities.parse(text)
    except ValueError:
        return False
    return True


def _is_integer(value: QuantityValue) -> bool:
    return value.base.integer() is not None


def _as_integer(value: QuantityValue) -> int:
    found = value.base.integer()
    if found is None:
        raise EvaluationError("cannot convert value to integer")
    return found


def _plus(value: QuantityValue, other: QuantityValue | int, sign: int) -> QuantityValue:
    if isinstance(other, QuantityValue):
        nanos, base = other.amount.nano, other.base
    else:
        nanos, base = other * NANO, Base(other, 0)
    amount = quantities.Quantity(value.amount.nano + sign * nanos, value.amount.style)
    return QuantityValue(amount, total(value.base, base._replace(value=sign * base.value)))


def _add(value: QuantityValue, other: QuantityValue | int) -> QuantityValue:
    return _plus(value, other, 1)


def _sub(value: QuantityValue, other: QuantityValue | int) -> QuantityValue:
    return _plus(value, other, -1)


def _compare(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)


_NUMBER = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_LABEL = re.compile(r"[0-9A-Za-z-]+", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)


@total_ordering
class Version(Opaque):
    """A semantic version. Build labels do not count when comparing."""

    __slots__ = ("build", "numbers", "pre")
    cel_type = SEMVER
    go_data = "semver.Version"

    def __init__(self, numbers: tuple[int, int, int], pre: tuple[str, ...], build: str) -> None:
        self.numbers = numbers
        self.pre = pre
        self.build = build

    def __str__(self) -> str:
        labels = "-" + ".".join(self.pre) if self.pre else ""
        return ".".join(map(str, self.numbers)) + labels + (f"+{self.build}" if self.build else "")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._rank() == other._rank()

    def __lt__(self, other: Version) -> bool:
        return self._rank() < other._rank()

    def __hash__(self) -> int:
        return hash(self._rank())

    def _rank(self) -> tuple[Any, ...]:
        labels = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in self.pre)
        return (*self.numbers, not self.pre, labels)


def parse_version(text: str, normalize: bool = False) -> Version:
    """Raises EvaluationError in blang/semver's words."""
    if not text and not normalize:
        raise EvaluationError("Version string empty")
    if normalize:
        text = _normalized(text)
    parts = text.split(".", 2)
    if len(parts) != 3:
        raise EvaluationError("No Major.Minor.Patch elements found")
    major, minor = _part("Major", parts[0]), _part("Minor", parts[1])
    rest, plus, build = parts[2].partition("+")
    patch, dash, pre = rest.partition("-")
    labels = tuple(pre.split(".")) if dash else ()
    for label in labels:
        _check_pre(label)
    for label in build.split(".") if plus else ():
        _check_build(label)
    return Version((major, minor, _part("Patch", patch)), labels, build)


def _part(name: str, text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise EvaluationError(f'Invalid character(s) found in {name.lower()} number "{text}"')
    if not _NUMBER.fullmatch(text):
        raise EvaluationError(f'{name} number must not contain leading zeroes "{text}"')
    return _uint(text)


def _uint(text: str) -> int:
    try:
        return strconv.parse_uint(text)
    except ValueError as error:
        raise EvaluationError(str(error)) from None


def _check_pre(label: str) -> None:
    if not label:
        raise EvaluationError("Prerelease is empty")
    if _DIGITS.fullmatch(label):
        if not _NUMBER.fullmatch(label):
            raise EvaluationError(f'Numeric PreRelease version must not contain leading zeroes "{label}"')
        _uint(label)
    if not _LABEL.fullmatch(label):
        raise EvaluationError(f'Invalid character(s) found in prerelease "{label}"')


def _check_build(label: str) -> None:
    if not label:
        raise EvaluationError("Build meta data is empty")
    if not _LABEL.fullmatch(label):
        raise EvaluationError(f'Invalid character(s) found in build meta data "{label}"')


def _normalized(text: str) -> str:
    parts = [_without_zeros(part) for part in text.removeprefix("v").split(".", 2)]
    if len(parts) < 3:
        if "+" in parts[-1] or "-" in parts[-1]:
            raise EvaluationError("short version cannot contain PreRelease/Build meta data")
        parts += ["0"] * (3 - len(parts))
    return ".".join(parts)


def _without_zeros(part: str) -> str:
    if len(part) <= 1:
        return part
    rest = part.lstrip("0")
    return rest if rest[:1].isdigit() else "0" + rest


def _is_semver(text: str, normalize: bool = False) -> bool:
    try:
        parse_version(text, normalize)
    except EvaluationError:
        return False
    return True


_Q, _V = QUANTITY, SEMVER

FUNCTIONS = (
    Function("quantity", (over("string_to_quantity", (STRING,), _Q, _quantity),)),
    Function("isQuantity", (over("is_quantity_string", (STRING,), BOOL, _is_quantity),)),
    Function("sign", (over("quantity_sign", (_Q,), INT, lambda q: _compare(q.amount.nano, 0)),)),
    Function(
        "isGreaterThan",
        (
            member("quantity_is_greater_than", (_Q, _Q), BOOL, lambda a, b: a > b),
            member("semver_is_greater_than", (_V, _V), BOOL, lambda a, b: a > b),
        ),
    ),
    Function(
        "isLessThan",
        (
            member("quantity_is_less_than", (_Q, _Q), BOOL, lambda a, b: a < b),
            member("semver_is_less_than", (_V, _V), BOOL, lambda a, b: a < b),
        ),
    ),
    Function(
        "compareTo",
        (
            member("quantity_compare_to", (_Q, _Q), INT, _compare),
            member("semver_compare_to", (_V, _V), INT, _compare),
        ),
    ),
    Function(
        "asApproximateFloat",
        (member("quantity_get_float", (_Q,), DOUBLE, lambda value: value.base.float()),),
    ),
    Function("asInteger", (member("quantity_get_int", (_Q,), INT, _as_integer),)),
    Function("isInteger", (member("quantity_is_integer", (_Q,), BOOL, _is_integer),)),
    Function(
        "add", (member("quantity_add", (_Q, _Q), _Q, _add), member("quantity_add_int", (_Q, INT), _Q, _add))
    ),
    Function(
        "sub", (member("quantity_sub", (_Q, _Q), _Q, _sub), member("quantity_sub_int", (_Q, INT), _Q, _sub))
    ),
    Function(
        "semver",
        (
            over("string_to_semver", (STRING,), _V, parse_version),
            over("string_bool_to_semver", (STRING, BOOL), _V, parse_version),
        ),
    ),
    Function(
        "isSemver",
        (
            over("is_semver_string", (STRING,), BOOL, _is_semver),
            over("is_semver_string_bool", (STRING, BOOL), BOOL, _is_semver),
        ),
    ),
    Function("major", (member("semver_major", (_V,), INT, lambda v: v.numbers[0]),)),
    Function("minor", (member("semver_minor", (_V,), INT, lambda v: v.numbers[1]),)),
    Function("patch", (member("semver_patch", (_V,), INT, lambda v: v.numbers[2]),)),
)
