"""How long a pod stays on a tainted node."""

from __future__ import annotations

import pytest
from wherry.controllers.taint_eviction import stay

from tests.controllers.objects import Object, pod

TAINT = {"key": "k", "value": "v", "effect": "NoExecute"}
OTHER = {"key": "other", "effect": "NoExecute"}


def tolerating(*tolerations: Object) -> Object:
    made = pod("p")
    made["spec"]["tolerations"] = list(tolerations)
    return made


@pytest.mark.parametrize(
    ("tolerations", "expected"),
    [
        ([], -1.0),
        ([{"key": "k", "operator": "Equal", "value": "v"}], None),
        ([{"key": "k", "operator": "Equal", "value": "w"}], -1.0),
        ([{"key": "k", "operator": "Exists", "effect": "NoSchedule"}], -1.0),
        ([{"operator": "Exists"}], None),
        ([{"key": "k", "operator": "Exists", "tolerationSeconds": 300}], 300.0),
        ([{"key": "k", "operator": "Exists", "tolerationSeconds": -1}], 0.0),
        ([{"operator": "Exists", "tolerationSeconds": 9}, {"key": "k", "operator": "Exists"}], 9.0),
        ([{"key": "k", "operator": "Exists"}, {"operator": "Exists", "tolerationSeconds": 9}], None),
    ],
)
def test_one_taint(tolerations: list[Object], expected: float | None) -> None:
    assert stay(tolerating(*tolerations), [TAINT]) == expected


def test_the_least_tolerated_taint_decides() -> None:
    made = tolerating(
        {"key": "k", "operator": "Exists", "tolerationSeconds": 300},
        {"key": "other", "operator": "Exists", "tolerationSeconds": 5},
    )
    assert stay(made, [TAINT, OTHER]) == 5.0
    assert stay(tolerating({"key": "k", "operator": "Exists"}), [TAINT, OTHER]) == -1.0
