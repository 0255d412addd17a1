"""Which tolerations cover which taints."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.taints import NO_SCHEDULE, Taint, taints, tolerates, tolerations, untolerated

TAINT = {"key": "k", "value": "v", "effect": NO_SCHEDULE}


@pytest.mark.parametrize(
    ("toleration", "expected"),
    [
        ({"operator": "Exists"}, True),
        ({"key": "k", "operator": "Exists"}, True),
        ({"key": "other", "operator": "Exists"}, False),
        ({"key": "k", "value": "v"}, True),
        ({"key": "k", "operator": "Equal", "value": "w"}, False),
        ({"key": "k", "value": "v", "effect": "NoSchedule"}, True),
        ({"key": "k", "value": "v", "effect": "NoExecute"}, False),
        ({"key": "k"}, False),
    ],
)
def test_a_toleration_covers_by_key_value_and_effect(toleration: dict[str, Any], expected: bool) -> None:
    assert tolerates(toleration, TAINT) is expected


def test_what_is_not_covered_is_counted() -> None:
    given = taints([TAINT, {"key": "k2", "effect": NO_SCHEDULE}])
    assert given[1] == Taint("k2", "", NO_SCHEDULE)
    assert untolerated(given, tolerations([{"key": "k", "operator": "Exists"}])) == 1
    assert untolerated(given, ()) == 2
