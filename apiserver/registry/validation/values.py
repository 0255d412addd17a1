"""Values of several groups: domain-prefixed paths, counts or percentages, values as Go prints structs."""

from __future__ import annotations

from typing import Any

import orjson

from ....apimachinery import field, jsonio, names
from .common import Errors, Object, invalids, nonnegative

NOT_PREFIXED = 'must be a domain-prefixed path (such as "acme.io/foo")'
ABOVE_100 = "must not be greater than 100%"


def domain_prefixed_path(value: str, path: str) -> Errors:
    """`acme.io/foo`: a DNS subdomain, a slash and a URL path."""
    if not value:
        return [field.required(path)]
    host, _, rest = value.partition("/")
    if not host or not rest:
        return [field.invalid(path, value, NOT_PREFIXED)]
    return invalids(path, host, names.dns1123_subdomain(host)) + invalids(path, rest, names.http_path(rest))


def positive_count_or_percent(value: int | str, path: str) -> Errors:
    """A count of at least 0 or a percentage."""
    if isinstance(value, str):
        return invalids(path, value, names.percent(value))
    return nonnegative(value, path)


def percent_of(value: int | str | None) -> int | None:
    """The number before `%`; None for anything else."""
    if isinstance(value, str) and not names.percent(value):
        return int(value[:-1])
    return None


def not_above_100_percent(value: int | str, path: str) -> Errors:
    number = percent_of(value)
    return [field.invalid(path, value, ABOVE_100)] if number is not None and number > 100 else []


def count_or_percent(value: int | str) -> int:
    """The bare number of either form."""
    number = percent_of(value)
    if number is not None:
        return number
    return value if isinstance(value, int) else 0


def go_struct(value: Object | None, *names_: str) -> dict[str, Any]:
    """The fields `names_` of a Go struct without json tags: capitalised, absent ones null."""
    source = value or {}
    return {_capital(name): source.get(name) for name in names_}


ACRONYMS = {"apiGroup": "APIGroup", "apiVersion": "APIVersion", "uid": "UID", "cidr": "CIDR"}


def _capital(name: str) -> str:
    return ACRONYMS.get(name) or name[:1].upper() + name[1:]


def shown(value: Any) -> str:
    """JSON as Go writes it, in the order given."""
    return jsonio.as_go(orjson.dumps(value)).decode()
