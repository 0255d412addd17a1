"""What becomes of a new pod: status, label keys, old profiles."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.core.pod_create import apply_app_armor

from ..pods import POD, container, pod

QUALITY_OF_SERVICE: dict[str, tuple[Any, str]] = {
    "nothing asked": ([{}], "BestEffort"),
    "something asked": ([{"requests": {"cpu": "1"}}], "Burstable"),
    "limits are requests": ([{"limits": {"cpu": "1", "memory": "1Gi"}}], "Guaranteed"),
    "limits above requests": (
        [{"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}],
        "Burstable",
    ),
    "only one of two": ([{"limits": {"cpu": "1", "memory": "1Gi"}}, {}], "Burstable"),
    "other resources do not count": ([{"limits": {"ephemeral-storage": "1Gi"}}], "BestEffort"),
}


@pytest.mark.parametrize(("given", "quality"), QUALITY_OF_SERVICE.values(), ids=QUALITY_OF_SERVICE)
def test_quality_of_service(given: Any, quality: str) -> None:
    assert (
        POD.created(pod(containers=[container(resources=r) for r in given]))["status"]["qosClass"] == quality
    )


def test_resources_of_the_pod_decide_its_quality() -> None:
    resources = {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Gi"}}
    assert POD.created(pod(resources=resources))["status"]["qosClass"] == "Guaranteed"
    burstable = container(resources={"requests": {"cpu": "1"}})
    made = POD.created(pod(containers=[burstable], resources={}))
    assert made["status"]["qosClass"] == "BestEffort"


def test_a_new_pod_is_pending() -> None:
    assert POD.created(pod())["status"] == {"phase": "Pending", "qosClass": "BestEffort"}


def test_gates_hold_a_new_pod_back() -> None:
    (condition,) = POD.created(pod(schedulingGates=[{"name": "a"}]))["status"]["conditions"]
    assert (condition["type"], condition["status"]) == ("PodScheduled", "False")
    assert condition["reason"] == "SchedulingGated"


def test_a_negative_grace_period_is_one_second() -> None:
    assert POD.created(pod(terminationGracePeriodSeconds=-5))["spec"]["terminationGracePeriodSeconds"] == 1


def test_label_keys_become_expressions_with_the_values_of_the_pod() -> None:
    term = {"topologyKey": "zone", "labelSelector": {}, "matchLabelKeys": ["v"], "mismatchLabelKeys": ["t"]}
    affinity = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    created = POD.created(
        {**pod(affinity=affinity), "metadata": {"name": "p", "labels": {"v": "1", "t": "a"}}}
    )
    rules = created["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert rules[0]["labelSelector"]["matchExpressions"] == [
        {"key": "v", "operator": "In", "values": ["1"]},
        {"key": "t", "operator": "NotIn", "values": ["a"]},
    ]


@pytest.mark.parametrize(
    ("annotation", "profile"),
    [
        ("runtime/default", {"type": "RuntimeDefault"}),
        ("unconfined", {"type": "Unconfined"}),
        ("localhost/a", {"type": "Localhost", "localhostProfile": "a"}),
    ],
)
def test_old_apparmor_annotations_become_fields(annotation: str, profile: dict[str, str]) -> None:
    notes = {"container.apparmor.security.beta.kubernetes.io/c": annotation}
    created = POD.created({**pod(), "metadata": {"name": "p", "annotations": notes}})
    assert created["spec"]["containers"][0]["securityContext"] == {"appArmorProfile": profile}


@pytest.mark.parametrize(
    ("annotation", "of_pod", "warned"),
    [
        ("unconfined", None, True),
        ("unconfined", {"type": "Unconfined"}, False),
        ("localhost/ a", None, True),
        ("nonsense", {"type": "Unconfined"}, True),
    ],
)
def test_old_apparmor_annotations_are_warned_about_unless_the_pods_field_says_the_same(
    annotation: str, of_pod: dict[str, str] | None, warned: bool
) -> None:
    key = "container.apparmor.security.beta.kubernetes.io/c"
    obj = pod(**({"securityContext": {"appArmorProfile": of_pod}} if of_pod else {}))
    obj["metadata"]["annotations"] = {key: annotation}
    why = f'metadata.annotations[{key}]: deprecated since v1.30; use the "appArmorProfile" field instead'
    assert apply_app_armor(obj) == warned * [why]


def test_the_quality_that_a_creator_claims_is_believed() -> None:
    assert POD.created({**pod(), "status": {"qosClass": "Guaranteed"}})["status"]["qosClass"] == "Guaranteed"


def test_a_name_that_is_no_host_name_is_warned_about() -> None:
    (warning,) = POD.warnings({**pod(), "metadata": {"name": "x" * 64}})
    assert warning == (
        "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; "
        "a DNS label is recommended: [must be no more than 63 characters]"
    )
