"""The resources of a whole pod, in its status."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.kubelet.worker import totals

Object = dict[str, Any]
PLAIN: Object = {"resources": {}}
SMALL: Object = {"resources": {"requests": {"cpu": "100m", "memory": "1Mi"}, "limits": {"memory": "2Mi"}}}
LARGE: Object = {"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "2", "memory": "1Gi"}}}


@pytest.mark.parametrize(
    ("spec", "phase", "allocated", "requests", "limits"),
    [
        ({"containers": [PLAIN]}, "Running", None, None, None),
        (
            {"containers": [SMALL, LARGE]},
            "Pending",
            {"cpu": "1100m", "memory": "1Mi"},
            {"cpu": "1100m", "memory": "1Mi"},
            {"cpu": "2", "memory": "1026Mi"},
        ),
        (
            {"containers": [SMALL, LARGE]},
            "Running",
            {"cpu": "1100m", "memory": "1Mi"},
            {"cpu": "1100m", "memory": "1Mi"},
            {"memory": "1026Mi"},
        ),
        (
            {"containers": [SMALL], "resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}},
            "Running",
            {"cpu": "1", "memory": "1Mi"},
            {"cpu": "1", "memory": "1Mi"},
            {"cpu": "2", "memory": "2Mi"},
        ),
        (
            {"containers": [SMALL], "initContainers": [{**PLAIN, "restartPolicy": "Always"}]},
            "Running",
            {"cpu": "100m", "memory": "1Mi"},
            {"cpu": "100m", "memory": "1Mi"},
            None,
        ),
        ({"containers": [PLAIN], "overhead": {"cpu": "2m"}}, "Running", {"cpu": "2m"}, None, None),
    ],
)
def test_what_is_told(
    spec: Object, phase: str, allocated: Object | None, requests: Object | None, limits: Object | None
) -> None:
    found = totals.of(spec, phase)
    assert found.get("allocatedResources") == allocated
    assert found["resources"].get("requests") == requests
    assert found["resources"].get("limits") == limits


@pytest.mark.parametrize("phase", ["Pending", "Running"])
def test_what_was_granted_as_a_whole_is_told(phase: str) -> None:
    own = {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}
    given = {"containers": [SMALL], "resources": own, "overhead": {"cpu": "50m"}}
    wanted = {**given, "resources": {"requests": {"cpu": "9"}, "limits": {"cpu": "9"}}}
    assert totals.whole({"spec": wanted, "status": totals.of(given, phase)}) == own
    assert totals.whole({"spec": {"containers": [SMALL]}, "status": totals.of(given, phase)}) == {}
