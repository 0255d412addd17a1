"""What a driver may say of a device that a claim got. Source: resource.k8s.io validation."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

import orjson

from ....apimachinery import field
from ..strategy import Object
from ..validation.common import Errors
from ..validation.conditions import validate_status_conditions

MAX_CONDITIONS = 8
MAX_DATA = 10 * 1024
MAX_INTERFACE_NAME = 256
MAX_HARDWARE_ADDRESS = 128
MAX_IPS = 16
_LENGTH = re.compile("/[0-9]+$").search
BAD_ADDRESS = "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)"


def validate_device_report(entry: Object, path: str) -> Errors:
    conditions = entry.get("conditions") or []
    errors = _limited(conditions, MAX_CONDITIONS, f"{path}.conditions")
    errors += validate_status_conditions(conditions, f"{path}.conditions")
    if entry.get("data") is not None:
        errors += _data(entry["data"], f"{path}.data")
    return errors + _network(entry.get("networkData") or {}, f"{path}.networkData")


def _limited(items: list[Any], limit: int, path: str) -> Errors:
    return [field.too_many(path, len(items), limit)] if len(items) > limit else []


def _data(data: Any, path: str) -> Errors:
    if len(orjson.dumps(data)) > MAX_DATA:
        return [field.too_long(path, MAX_DATA)]
    if not isinstance(data, dict):
        return [field.invalid(path, "<value omitted>", "must be a valid JSON object")]
    return []


def _network(data: Object, path: str) -> Errors:
    errors: Errors = []
    for name, limit in (("interfaceName", MAX_INTERFACE_NAME), ("hardwareAddress", MAX_HARDWARE_ADDRESS)):
        if len((data.get(name) or "").encode()) > limit:
            errors.append(field.too_long(f"{path}.{name}", limit))
    addresses, at = data.get("ips") or [], f"{path}.ips"
    if len(addresses) > MAX_IPS:
        return [*errors, field.too_many(at, len(addresses), MAX_IPS)]
    again = field.repeats(addresses)
    for i, address in enumerate(addresses):
        errors += _address(address, f"{at}[{i}]")
        if i in again:
            errors.append(field.duplicate(f"{at}[{i}]", address))
    return errors


def _address(value: str, path: str) -> Errors:
    try:
        # A mask in place of the length of a prefix is fine with `ipaddress` only.
        canonical = ipaddress.ip_interface(value).with_prefixlen if _LENGTH(value) else ""
    except ValueError:
        canonical = ""
    if not canonical:
        return [field.invalid(path, value, BAD_ADDRESS)]
    if value != canonical:
        return [field.invalid(path, value, f"must be in canonical form ({field.quote(canonical)})")]
    return []
