"""A container's resources in numbers. Source: core/v1 ResourceRequirements."""

from __future__ import annotations

from typing import Any

from ...apimachinery import quantity
from ..runtime.contract import Limits

Object = dict[str, Any]


def of(resources: Object) -> Limits:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    return Limits(
        quantity.whole(limits.get("memory", "0")),
        quantity.milli(limits.get("cpu", "0")),
        quantity.milli(requests.get("cpu", "0")),
    )
