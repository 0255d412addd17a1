"""Extended resources: whoever has them writes the capacity, the kubelet grants it."""

from __future__ import annotations

import pytest
from wherry.kubelet.node_resources import to_grant

DONGLE = "example.com/dongle"


@pytest.mark.parametrize(
    ("capacity", "allocatable", "patch"),
    [
        ({"cpu": "4", DONGLE: "4"}, {"cpu": "3"}, {DONGLE: "4"}),
        ({DONGLE: "4"}, {DONGLE: "2"}, {DONGLE: "4"}),
        ({DONGLE: "4"}, {DONGLE: "4"}, {}),
        ({}, {DONGLE: "4"}, {DONGLE: None}),
        ({"cpu": "4", "kubernetes.io/x": "1", "hugepages-2Mi": "1"}, {}, {}),
    ],
)
def test_what_is_granted(
    capacity: dict[str, str], allocatable: dict[str, str], patch: dict[str, str | None]
) -> None:
    assert to_grant({"capacity": capacity, "allocatable": allocatable}) == patch
