"""What selectors of devices are asked about: `device`.

Source: k8s.io/dynamic-resource-allocation cel/compile.go.
"""

from __future__ import annotations

from typing import Any

from .. import quantity
from .ast import Expr
from .library.quantities import QuantityValue, parse_version
from .types import BOOL, DYN, QUANTITY, STRING, CelType, map_of, struct

Object = dict[str, Any]

DEVICE = struct(
    "kubernetes.DRADevice",
    {
        "driver": STRING,
        "allowMultipleAllocations": BOOL,
        "attributes": map_of(STRING, map_of(STRING, DYN)),
        "capacity": map_of(STRING, map_of(STRING, QUANTITY)),
    },
)
VARIABLES: dict[str, CelType] = {"device": DEVICE}
"""The types of attributes are known only when a selector runs."""


MAX_COST = 1_000_000
"""Of one selector, at worst."""
_NAMES, _DOMAINS = 32, 63
_ENTRIES = 32
_TEXT = 64


def _sized_map(of: CelType, *, open_fields: bool = False) -> CelType:
    key, entries = CelType("string", max_size=_NAMES), _ENTRIES
    inner = CelType("map", params=(key, of), open_fields=open_fields, max_size=entries)
    return map_of(CelType("string", max_size=_DOMAINS), inner, max_size=entries)


_SIZED = struct(
    "kubernetes.DRADevice",
    {
        "driver": CelType("string", max_size=_DOMAINS),
        "allowMultipleAllocations": CelType("bool", max_size=1),
        "attributes": _sized_map(CelType("dyn", max_size=_TEXT), open_fields=True),
        "capacity": _sized_map(QUANTITY),
    },
)
"""Serves the price of selectors: how much a device can say at most."""


def worst_cost(tree: Expr) -> int:
    """What a selector may cost for any device."""
    from .estimates import estimate

    return estimate(tree, _SIZED).high


class _Domains(dict[str, dict[str, Any]]):
    """Values by domain and name; a domain nobody knows has no names."""

    def __missing__(self, domain: str) -> dict[str, Any]:
        return {}

    def __contains__(self, domain: object) -> bool:
        return True


def device_value(driver: str, device: Object) -> Object:
    """The variable `device` for one entry of a ResourceSlice. Names without domain are the driver's."""
    attributes, capacity = _Domains(), _Domains()
    for name, attribute in (device.get("attributes") or {}).items():
        domain, own = split_name(driver, name)
        attributes.setdefault(domain, {})[own] = attribute_value(attribute)
    for name, amount in (device.get("capacity") or {}).items():
        domain, own = split_name(driver, name)
        capacity.setdefault(domain, {})[own] = QuantityValue(quantity.parse(amount["value"]))
    return {
        "driver": driver,
        "allowMultipleAllocations": bool(device.get("allowMultipleAllocations")),
        "attributes": attributes,
        "capacity": capacity,
    }


def split_name(driver: str, name: str) -> tuple[str, str]:
    domain, slash, own = name.partition("/")
    return (domain, own) if slash else (driver, name)


def attribute_value(attribute: Object) -> Any:
    """The one value of an attribute: bool, int, string or version."""
    if "version" in attribute:
        return parse_version(attribute["version"])
    return next(iter(attribute.values()))
