"""What may change in a pod."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import POD, pod


def update(change: dict[str, Any], **before: Any) -> list[str]:
    """Problems of an update, without the long list of what may change."""
    base = {
        "nodeName": "n",
        "activeDeadlineSeconds": 60,
        "tolerations": [{"key": "a", "operator": "Exists"}],
        **before,
    }
    problems = POD.update_problems(pod(**base), pod(**{**base, **change}))
    return [problem.partition(" other than")[0] for problem in problems]


def gated(change: dict[str, Any]) -> list[str]:
    """The same for a pod that waits for a gate and wants a node of disk `ssd`."""
    return [
        problem.partition(" other than")[0]
        for problem in POD.update_problems(pod(**GATED), pod(**{**GATED, **change}))
    ]


GATED = {"schedulingGates": [{"name": "g"}], "nodeSelector": {"disk": "ssd"}}


UPDATE_OF_A_POD: dict[str, tuple[Any, list[str]]] = {
    "nothing": ({}, []),
    "an image": ({"containers": [{"name": "c", "image": "app:2"}]}, []),
    "no image": (
        {"containers": [{"name": "c", "image": ""}]},
        [
            "spec.containers[0].image: Required value",
            "spec.containers[0].image: Required value",
        ],
    ),
    "a command": (
        {"containers": [{"name": "c", "image": "app:1", "command": ["a"]}]},
        ["spec: Forbidden: pod updates may not change fields"],
    ),
    "another container": (
        {"containers": [{"name": "c", "image": "app:1"}, {"name": "d", "image": "app:1"}]},
        ["spec.containers: Forbidden: pod updates may not add or remove containers"],
    ),
    "an earlier deadline": ({"activeDeadlineSeconds": 30}, []),
    "a later deadline": (
        {"activeDeadlineSeconds": 90},
        [("spec.activeDeadlineSeconds: Invalid value: 90: must be less than or equal to previous value")],
    ),
    "no deadline": (
        {"activeDeadlineSeconds": None},
        [
            (
                "spec.activeDeadlineSeconds: Invalid value: null: must not update from a "
                "positive integer to nil value"
            )
        ],
    ),
    "a further toleration": (
        {"tolerations": [{"key": "a", "operator": "Exists"}, {"key": "b", "operator": "Exists"}]},
        [],
    ),
    "another toleration": (
        {"tolerations": [{"key": "b", "operator": "Exists"}]},
        [
            (
                "spec.tolerations: Forbidden: existing toleration can not be modified "
                "except its tolerationSeconds"
            )
        ],
    ),
    "another node": ({"nodeName": "m"}, ["spec: Forbidden: pod updates may not change fields"]),
    "a gate": (
        {"schedulingGates": [{"name": "g"}]},
        [
            (
                "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but "
                "found new scheduling gate 'g'"
            )
        ],
    ),
    "another grace period": (
        {"terminationGracePeriodSeconds": 5},
        ["spec: Forbidden: pod updates may not change fields"],
    ),
}


@pytest.mark.parametrize(("given", "problems"), UPDATE_OF_A_POD.values(), ids=UPDATE_OF_A_POD)
def test_update_of_a_pod(given: Any, problems: list[str]) -> None:
    assert update(given) == problems


UPDATE_OF_A_GATED_POD: dict[str, tuple[Any, list[str]]] = {
    "without gates": ({"schedulingGates": []}, []),
    "another gate": (
        {"schedulingGates": [{"name": "h"}]},
        [
            (
                "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but "
                "found new scheduling gate 'h'"
            )
        ],
    ),
    "a narrower node selector": ({"nodeSelector": {"disk": "ssd", "zone": "a"}}, []),
    "another node selector": (
        {"nodeSelector": {"disk": "hdd"}},
        [
            (
                'spec.nodeSelector: Invalid value: {"disk":"hdd"}: only additions to '
                "spec.nodeSelector are allowed (no mutations or deletions)"
            )
        ],
    ),
    "affinity where there was none": (
        {
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]
                    }
                }
            }
        },
        [],
    ),
    "a toleration": ({"tolerations": [{"key": "a", "operator": "Exists"}]}, []),
}


@pytest.mark.parametrize(("given", "problems"), UPDATE_OF_A_GATED_POD.values(), ids=UPDATE_OF_A_GATED_POD)
def test_update_of_a_gated_pod(given: Any, problems: list[str]) -> None:
    assert gated(given) == problems


UPDATE_OF_ANNOTATIONS: dict[str, tuple[Any, list[str]]] = {
    "another mirror": (
        {"kubernetes.io/config.mirror": "b"},
        [
            (
                'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "b": '
                "must set spec.nodeName if mirror pod annotation is set"
            )
        ],
    ),
    "no mirror": (
        {},
        [
            (
                "metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not "
                "remove or update mirror pod annotation"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), UPDATE_OF_ANNOTATIONS.values(), ids=UPDATE_OF_ANNOTATIONS)
def test_update_of_annotations(given: Any, problems: list[str]) -> None:
    assert (
        POD.update_problems(
            {**pod(), "metadata": {"name": "p", "annotations": {"kubernetes.io/config.mirror": "a"}}},
            {**pod(), "metadata": {"name": "p", "annotations": given}},
        )[:1]
        == problems
    )


def terms(*expressions: list[dict[str, Any]]) -> dict[str, Any]:
    selector = {"nodeSelectorTerms": [{"matchExpressions": each} for each in expressions]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": selector}}


def test_affinity_of_a_gated_pod_only_narrows() -> None:
    one, two = {"key": "a", "operator": "Exists"}, {"key": "b", "operator": "Exists"}
    before = pod(schedulingGates=[{"name": "g"}], affinity=terms([one]))
    narrower = pod(schedulingGates=[{"name": "g"}], affinity=terms([one, two]))
    other = pod(schedulingGates=[{"name": "g"}], affinity=terms([two]))
    more = pod(schedulingGates=[{"name": "g"}], affinity=terms([one], [two]))
    assert POD.update_problems(before, narrower) == []
    assert "only additions are allowed" in POD.update_problems(before, other)[0]
    assert "no additions/deletions to non-empty NodeSelectorTerms" in POD.update_problems(before, more)[0]
