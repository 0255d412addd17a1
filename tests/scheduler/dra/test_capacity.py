"""What requests take of devices that several share."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.scheduler.dra import capacity

Object = dict[str, Any]


def entry(value: str = "10Gi", **policy: Any) -> Object:
    return {"memory": {"value": value, **({"requestPolicy": policy} if policy else {})}}


def asked(amount: str) -> Object:
    return {"requests": {"memory": amount}}


@pytest.mark.parametrize(
    ("wanted", "has", "taken"),
    [
        (None, entry(), "10Gi"),
        (None, entry(default="1Gi"), "1Gi"),
        (asked("3Gi"), entry(), "3Gi"),
        (asked("3Gi"), entry(default="1Gi", validRange={"min": "4Gi"}), "4Gi"),
        (asked("5Gi"), entry(default="2Gi", validRange={"min": "2Gi", "step": "2Gi"}), "6Gi"),
        (asked("4Gi"), entry(default="2Gi", validRange={"min": "2Gi", "step": "2Gi"}), "4Gi"),
        (asked("3Gi"), entry(default="1Gi", validValues=["1Gi", "4Gi"]), "4Gi"),
        (asked("5Gi"), entry(default="1Gi", validValues=["1Gi", "4Gi"]), "5Gi"),
    ],
)
def test_a_request_is_rounded_up_by_the_policy(wanted: Object | None, has: Object, taken: str) -> None:
    assert str(capacity.consumed(wanted, has)["memory"]) == taken


@pytest.mark.parametrize(
    ("amount", "policy", "allowed"),
    [
        ("5Gi", {"default": "1Gi", "validValues": ["1Gi", "4Gi"]}, False),
        ("4Gi", {"default": "1Gi", "validValues": ["1Gi", "4Gi"]}, True),
        ("9Gi", {"default": "1Gi", "validRange": {"min": "1Gi", "max": "8Gi"}}, False),
        ("8Gi", {"default": "1Gi", "validRange": {"min": "1Gi", "max": "8Gi"}}, True),
    ],
)
def test_what_no_policy_permits_is_refused(amount: str, policy: Object, allowed: bool) -> None:
    has = entry(**policy)
    assert capacity.allowed(capacity.consumed(asked(amount), has), has) is allowed


def test_a_capacity_that_the_device_does_not_have() -> None:
    with pytest.raises(capacity.UnknownCapacity):
        capacity.consumed({"requests": {"cores": "1"}}, entry())
