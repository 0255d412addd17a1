"""What objects count for in a quota, and which of a quota's names speak of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from wherry.apimachinery.quota.pod_totals import pod_requests
from wherry.apimachinery.quota.scopes import in_scope
from wherry.apimachinery.quota.usage import counted, matching, unspecified, usage

Object = dict[str, Any]
NOW = datetime(2026, 1, 1, 0, 1, tzinfo=UTC)


def shown(group: str, resource: str, obj: Object, **more: Any) -> dict[str, str]:
    return {name: str(amount) for name, amount in usage(group, resource, obj, **more).items()}


def pod(requests: Object, **fields: Any) -> Object:
    spec = {"containers": [{"name": "c", "resources": {"requests": requests}}]}
    return {"metadata": fields.pop("metadata", {}), "spec": spec, **fields}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("count/deployments.apps", ("apps", "deployments")),
        ("count/widgets.stable.example.com", ("stable.example.com", "widgets")),
        ("count/pods", ("", "pods")),
        ("count/events", None),
        ("pods", ("", "pods")),
        ("limits.ephemeral-storage", ("", "pods")),
        ("hugepages-2Mi", ("", "pods")),
        ("requests.hugepages-2Mi", ("", "pods")),
        ("requests.example.com/gpu", ("", "pods")),
        ("requests.deviceclass.resource.kubernetes.io/gpu", ("", "pods")),
        ("services.nodeports", ("", "services")),
        ("requests.storage", ("", "persistentvolumeclaims")),
        ("gold.storageclass.storage.k8s.io/persistentvolumeclaims", ("", "persistentvolumeclaims")),
        ("gpu.deviceclass.resource.k8s.io/devices", ("resource.k8s.io", "resourceclaims")),
        ("bogus", None),
    ],
)
def test_a_name_speaks_of_a_kind(name: str, kind: tuple[str, str] | None) -> None:
    assert counted(name) == kind


def test_only_matching_names_matter() -> None:
    assert matching("", "pods", ["secrets", "cpu", "requests.storage", "pods"]) == ["cpu", "pods"]


def test_huge_pages_count_twice_and_extended_resources_as_requests_only() -> None:
    implicit = "deviceclass.resource.kubernetes.io/gpu"
    found = shown("", "pods", pod({"hugepages-2Mi": "4Mi", "example.com/gpu": "2", implicit: "1"}))
    assert found[f"requests.{implicit}"] == "1"
    assert found["hugepages-2Mi"] == found["requests.hugepages-2Mi"] == "4Mi"
    assert found["requests.example.com/gpu"] == "2"
    assert "example.com/gpu" not in found


def test_a_pod_that_ended_counts_as_an_object_only() -> None:
    assert shown("", "pods", pod({"cpu": "1"}, status={"phase": "Failed"})) == {"count/pods": "1"}


@pytest.mark.parametrize(
    ("since", "counts"), [("2026-01-01T00:00:55Z", True), ("2026-01-01T00:00:20Z", False)]
)
def test_a_pod_that_should_have_ended_counts_no_more(since: str, counts: bool) -> None:
    meta = {"deletionTimestamp": since, "deletionGracePeriodSeconds": 30}
    assert ("pods" in shown("", "pods", pod({}, metadata=meta), now=NOW)) is counts


def test_a_resize_counts_what_is_still_held() -> None:
    status = {"containerStatuses": [{"name": "c", "resources": {"requests": {"cpu": "2"}}}]}
    assert str(pod_requests(pod({"cpu": "1"})["spec"], status)["cpu"]) == "2"


def test_claims_count_whole_bytes_and_what_is_allocated() -> None:
    claim: Object = {"metadata": {}, "spec": {"resources": {"requests": {"storage": "1500m"}}}}
    assert shown("", "persistentvolumeclaims", claim)["requests.storage"] == "2"
    claim["status"] = {"allocatedResources": {"storage": "5"}}
    assert shown("", "persistentvolumeclaims", claim)["requests.storage"] == "5"


def test_devices_count_by_class_with_the_most_of_alternatives() -> None:
    alternatives = [
        {"deviceClassName": "gpu", "count": 2},
        {"deviceClassName": "gpu", "allocationMode": "All"},
    ]
    requests = [{"exactly": {"deviceClassName": "gpu"}}, {"firstAvailable": alternatives}]
    found = shown("resource.k8s.io", "resourceclaims", {"spec": {"devices": {"requests": requests}}})
    assert found["gpu.deviceclass.resource.k8s.io/devices"] == "33"


@pytest.mark.parametrize(
    ("operator", "values", "name", "inside"),
    [
        ("In", ["high"], "high", True),
        ("In", ["high"], "", False),
        ("NotIn", ["high"], "low", True),
        ("NotIn", ["high"], "high", False),
        ("Exists", [], "low", True),
        ("DoesNotExist", [], "", True),
        ("DoesNotExist", [], "low", False),
    ],
)
def test_priority_classes_are_selected(operator: str, values: list[str], name: str, inside: bool) -> None:
    term = {"scopeName": "PriorityClass", "operator": operator, "values": values}
    quota = {"scopeSelector": {"matchExpressions": [term]}}
    assert in_scope(quota, "", "pods", {"spec": {"priorityClassName": name}}) is inside


def test_a_claim_is_in_the_scope_of_every_class_it_has_or_wants() -> None:
    term = {"scopeName": "VolumeAttributesClass", "operator": "In", "values": ["slow"]}
    quota = {"scopeSelector": {"matchExpressions": [term]}}
    claim = {
        "spec": {"volumeAttributesClassName": "fast"},
        "status": {"currentVolumeAttributesClassName": "slow"},
    }
    assert in_scope(quota, "", "persistentvolumeclaims", claim)
    assert not in_scope(quota, "", "secrets", {})


@pytest.mark.parametrize(
    ("whole", "missing"),
    [(None, "limits.cpu for: c"), ({}, "limits.cpu for: c"), ({"requests": {"memory": "1Gi"}}, "")],
)
def test_containers_of_a_pod_with_resources_of_its_own_need_none(whole: Object | None, missing: str) -> None:
    spec = {**pod({"cpu": "1"})["spec"], "resources": whole}
    assert unspecified(spec, ["limits.cpu", "pods"]) == missing
