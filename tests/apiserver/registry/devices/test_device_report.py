"""What a driver may say of a device that a claim got."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.devices.device_report import validate_device_report


def problems(entry: dict[str, Any]) -> list[str]:
    return [str(problem) for problem in validate_device_report(entry, "d")]


def test_a_whole_report() -> None:
    network = {"interfaceName": "eth0", "hardwareAddress": "ea:9f", "ips": ["10.9.8.7/24", "2001:db8::1/64"]}
    assert problems({"data": {"any": ["thing"]}, "networkData": network, "conditions": []}) == []


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"data": [1]}, 'data: Invalid value: "<value omitted>": must be a valid JSON object'),
        ({"data": {"a": "x" * 10240}}, "data: Too long: may not be more than 10240 bytes"),
        (
            {"networkData": {"interfaceName": "x" * 257}},
            "networkData.interfaceName: Too long: may not be more than 256 bytes",
        ),
        (
            {"networkData": {"ips": ["10.9.8.7/255.0.0.0"]}},
            'networkData.ips[0]: Invalid value: "10.9.8.7/255.0.0.0": must be a valid address in CIDR form, '
            "(e.g. 10.9.8.7/24 or 2001:db8::1/64)",
        ),
        (
            {"networkData": {"ips": ["2001:DB8::1/64"]}},
            'networkData.ips[0]: Invalid value: "2001:DB8::1/64": must be in canonical form '
            '("2001:db8::1/64")',
        ),
        (
            {"networkData": {"ips": ["10.9.8.7/24"] * 2}},
            'networkData.ips[1]: Duplicate value: "10.9.8.7/24"',
        ),
        (
            {"networkData": {"ips": ["10.9.8.7/24"] * 17}},
            "networkData.ips: Too many: 17: must have at most 16 items",
        ),
    ],
)
def test_what_is_refused(entry: dict[str, Any], problem: str) -> None:
    assert problems(entry) == [f"d.{problem}"]


def test_conditions_are_held_to_their_form() -> None:
    found = problems({"conditions": [{"type": str(i)} for i in range(9)]})
    assert found[0] == "d.conditions: Too many: 9: must have at most 8 items"
    assert found[1] == "d.conditions[0].status: Required value"
