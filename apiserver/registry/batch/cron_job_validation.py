"""What makes a CronJob invalid. Source: batch validation."""

from __future__ import annotations

import re
import zoneinfo

from ....apimachinery import cron, field
from ....apimachinery.field import FieldError
from ..apps.template import selector_shown
from ..strategy import Object
from ..validation.common import Errors, invalid_struct, nonnegative
from .job_validation import validate_template_spec

CONCURRENCY = ("Allow", "Forbid", "Replace")
ZONE_PART = re.compile(r"[A-Za-z.\-_0-9+]{1,14}").fullmatch
EXPLICIT_ZONE = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
NO_ZONE_INSIDE = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
BOTH_ZONES = "cannot use both timeZone field and TZ or CRON_TZ in schedule"


def validate_spec(spec: Object, was: Object | None, path: str) -> Errors:
    """`was` is the spec before an update: what it had already is tolerated."""
    schedule, zone = spec.get("schedule", ""), spec.get("timeZone")
    errors: Errors = []
    if not schedule:
        errors.append(field.required(f"{path}.schedule"))
    else:
        zone_allowed = was is not None and "TZ" in was.get("schedule", "")
        errors += _schedule(schedule, zone, zone_allowed, f"{path}.schedule")
    if spec.get("startingDeadlineSeconds") is not None:
        errors += nonnegative(spec["startingDeadlineSeconds"], f"{path}.startingDeadlineSeconds")
    if was is None or zone != was.get("timeZone"):
        errors += _zone(zone, f"{path}.timeZone")
    policy = spec.get("concurrencyPolicy", "")
    if not policy:
        errors.append(field.required(f"{path}.concurrencyPolicy"))
    elif policy not in CONCURRENCY:
        errors.append(field.not_supported(f"{path}.concurrencyPolicy", policy, CONCURRENCY))
    errors += _job_template((spec.get("jobTemplate") or {}).get("spec") or {}, f"{path}.jobTemplate.spec")
    for name in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        if spec.get(name) is not None:
            errors += nonnegative(spec[name], f"{path}.{name}")
    return errors


def _schedule(schedule: str, zone: str | None, zone_allowed: bool, path: str) -> Errors:
    errors: Errors = []
    try:
        parsed = cron.parse(schedule)
    except ValueError as error:
        errors.append(field.invalid(path, schedule, str(error)))
    else:
        if parsed.zone and not _known(parsed.zone):
            why = f"provided bad location {parsed.zone}: unknown time zone {parsed.zone}"
            errors.append(field.invalid(path, schedule, why))
    if "TZ" in schedule and not zone_allowed:
        errors.append(field.invalid(path, schedule, NO_ZONE_INSIDE))
    elif "TZ" in schedule and zone is not None:
        errors.append(field.invalid(path, schedule, BOTH_ZONES))
    return errors


def _zone(zone: str | None, path: str) -> Errors:
    if zone is None:
        return []
    if not zone:
        return [field.invalid(path, zone, "timeZone must be nil or non-empty string")]
    if zone.lower() == "local":
        return [field.invalid(path, zone, EXPLICIT_ZONE)]
    return [] if _known(zone) else [field.invalid(path, zone, f"unknown time zone {zone}")]


def _known(zone: str) -> bool:
    parts = zone.split("/")
    if not all(ZONE_PART(part) and part not in (".", "..") and not part.startswith("-") for part in parts):
        return False
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _job_template(spec: Object, path: str) -> Errors:
    errors = validate_template_spec(spec, path)
    selector = spec.get("selector")
    if selector is not None:
        why = "`selector` will be auto-generated"
        errors.append(invalid_struct(f"{path}.selector", selector_shown(selector), why))
    if spec.get("manualSelector"):
        text = 'Unsupported value: true: supported values: "nil", "false"'
        errors.append(FieldError("FieldValueNotSupported", f"{path}.manualSelector", text))
    return errors
