"""What a ResourceClaim's status may say. Source: resource.k8s.io validation."""

from __future__ import annotations

from ....apimachinery import field
from ..strategy import Object
from ..validation.common import Errors, immutable
from ..validation.selectors import validate_node_selector
from .device_report import validate_device_report
from .partitions import validate_conditions
from .requests import UNKNOWN_REQUEST, known_requests, validate_driver

MAX_USERS = 256
MAX_RESULTS = 32
NOT_ALLOCATED = "may not be specified when `allocated` is not set"
GOING = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set"
UNKNOWN_DEVICE = "must be an allocated device in the claim"


def validate_claim_status(claim: Object, old: Object) -> Errors:
    status, before = claim.get("status") or {}, old.get("status") or {}
    users = status.get("reservedFor") or []
    errors = _users(users, "status.reservedFor")
    errors += _devices(status, "status.devices")
    allocation = status.get("allocation")
    if users and allocation is None:
        errors.append(field.forbidden("status.reservedFor", NOT_ALLOCATED))
    elif "deletionTimestamp" in claim["metadata"]:
        known = before.get("reservedFor") or []
        if any(user not in known for user in users):
            errors.append(field.forbidden("status.reservedFor", GOING))
    if allocation is not None and before.get("allocation") is not None:
        errors += immutable(allocation, before["allocation"], "status.allocation")
    elif allocation is not None:
        errors += _allocation(allocation, claim, "status.allocation")
    return errors


def _users(users: list[Object], path: str) -> Errors:
    errors: Errors = []
    if len(users) > MAX_USERS:
        errors.append(field.too_many(path, len(users), MAX_USERS))
    for i, user in enumerate(users):
        errors += [
            field.required(f"{path}[{i}].{name}")
            for name in ("resource", "name", "uid")
            if not user.get(name)
        ]
    uids = [user.get("uid", "") for user in users]
    return errors + [field.duplicate(f"{path}[{i}].uid", uids[i]) for i in sorted(field.repeats(uids))]


def _allocation(allocation: Object, claim: Object, path: str) -> Errors:
    devices = allocation.get("devices") or {}
    known = known_requests(claim.get("spec") or {})
    results, at = devices.get("results") or [], f"{path}.devices.results"
    errors: Errors = []
    if len(results) > MAX_RESULTS:
        errors.append(field.too_many(at, len(results), MAX_RESULTS))
    for i, result in enumerate(results):
        if result.get("request", "") not in known:
            errors.append(field.invalid(f"{at}[{i}].request", result.get("request", ""), UNKNOWN_REQUEST))
        errors += validate_driver(result.get("driver", ""), f"{at}[{i}].driver")
        if not result.get("pool"):
            errors.append(field.required(f"{at}[{i}].pool"))
        errors += validate_conditions(result, f"{at}[{i}]")
    if allocation.get("nodeSelector") is not None:
        errors += validate_node_selector(allocation["nodeSelector"], f"{path}.nodeSelector")
    return errors


def _devices(status: Object, path: str) -> Errors:
    """What drivers say of allocated devices, one entry for each."""
    results = ((status.get("allocation") or {}).get("devices") or {}).get("results") or ()
    allocated = {_identity(result) for result in results}
    entries = status.get("devices") or []
    errors: Errors = []
    for i, entry in enumerate(entries):
        identity = _identity(entry)
        if identity not in allocated:
            shown = "/".join(part for part in identity if part)
            errors.append(field.invalid(f"{path}[{i}]", shown, UNKNOWN_DEVICE))
        errors += validate_device_report(entry, f"{path}[{i}]")
    again = field.repeats([_identity(entry) for entry in entries])
    return errors + [field.duplicate(f"{path}[{i}]", "/".join(_identity(entries[i]))) for i in sorted(again)]


def _identity(entry: Object) -> tuple[str, str, str, str]:
    driver, pool, device, share = (entry.get(name) or "" for name in ("driver", "pool", "device", "shareID"))
    return driver, pool, device, share
