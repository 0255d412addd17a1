"""Which capabilities a security context grants."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.kubelet.runtime.capabilities import NAMES, USUAL, granted

Object = dict[str, Any]


def names(security: Object) -> set[str]:
    bits = granted(security)
    return {name for number, name in enumerate(NAMES) if bits >> number & 1}


def test_the_usual_ones_are_those_of_containerd() -> None:
    assert names({}) == USUAL
    assert granted({}) == 0xA80425FB


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"add": ["NET_ADMIN"]}, USUAL | {"NET_ADMIN"}),
        ({"add": ["CAP_SYS_TIME"], "drop": ["KILL"]}, (USUAL | {"SYS_TIME"}) - {"KILL"}),
        ({"drop": ["ALL"]}, set()),
        ({"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}, {"NET_BIND_SERVICE"}),
        ({"add": ["ALL"]}, set(NAMES)),
        ({"add": ["ALL"], "drop": ["SYS_ADMIN"]}, set(NAMES) - {"SYS_ADMIN"}),
        ({"add": ["NO_SUCH_THING"]}, USUAL),
    ],
)
def test_what_is_added_and_dropped(wanted: Object, found: set[str]) -> None:
    assert names({"capabilities": wanted}) == found


def test_privileged_containers_have_all() -> None:
    assert names({"privileged": True, "capabilities": {"drop": ["ALL"]}}) == set(NAMES)
