"""Namespaces (upstream: test/e2e/apimachinery/namespace.go)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.api import STRATEGIC_PATCH, Api, unique
from tests.e2e.waiting import until

Object = dict[str, Any]
NAMESPACES = "/api/v1/namespaces"


@pytest.fixture
def name(api: Api) -> Iterator[str]:
    found = unique("nstest")
    api.create(NAMESPACES, {"metadata": {"name": found}})
    until(lambda: not api.gone(f"{NAMESPACES}/{found}/serviceaccounts/default"))
    yield found
    api.ask("DELETE", f"{NAMESPACES}/{found}")


def emptied(api: Api, name: str) -> None:
    """Deleted until it is gone, and made again."""
    api.delete(f"{NAMESPACES}/{name}")
    until(lambda: api.gone(f"{NAMESPACES}/{name}"), 60.0)
    api.create(NAMESPACES, {"metadata": {"name": name}})


def test_pods_go_with_their_namespace(api: Api, name: str) -> None:
    """«should ensure that all pods are removed when a namespace is deleted»"""
    pods = f"{NAMESPACES}/{name}/pods"
    spec = {"terminationGracePeriodSeconds": 1, "containers": [{"name": "nginx", "image": "pause"}]}
    api.create(pods, {"metadata": {"name": "test-pod"}, "spec": spec})
    until(lambda: api.get(f"{pods}/test-pod")["status"]["phase"] == "Running")
    emptied(api, name)
    assert api.gone(f"{pods}/test-pod")


def test_services_go_with_their_namespace(api: Api, name: str) -> None:
    """«should ensure that all services are removed when a namespace is deleted»"""
    services = f"{NAMESPACES}/{name}/services"
    spec = {"selector": {"foo": "bar"}, "ports": [{"port": 80, "targetPort": 80}]}
    api.create(services, {"metadata": {"name": "test-service"}, "spec": spec})
    emptied(api, name)
    assert api.gone(f"{services}/test-service")


def test_pods_go_first(api: Api, name: str) -> None:
    """«namespace deletion should delete pod first»"""
    base, held = f"{NAMESPACES}/{name}", ["e2e.example.com/finalizer"]
    spec = {"terminationGracePeriodSeconds": 1, "containers": [{"name": "nginx", "image": "pause"}]}
    api.create(f"{base}/pods", {"metadata": {"name": "pod", "finalizers": held}, "spec": spec})
    api.create(f"{base}/configmaps", {"metadata": {"name": "map", "finalizers": held}})
    api.delete(base)
    until(lambda: "deletionTimestamp" in api.get(f"{base}/pods/pod")["metadata"])
    until(lambda: "NamespaceDeletionContentFailure" in reported(api, base))
    found = reported(api, base)
    assert "pods" in found["NamespaceContentRemaining"]["message"]
    assert "deletionTimestamp" not in api.get(f"{base}/configmaps/map")["metadata"]
    api.patch(f"{base}/pods/pod", {"metadata": {"finalizers": None}})
    until(lambda: "deletionTimestamp" in api.get(f"{base}/configmaps/map")["metadata"], 60.0)
    assert api.gone(f"{base}/pods/pod")
    api.patch(f"{base}/configmaps/map", {"metadata": {"finalizers": None}})
    until(lambda: api.gone(base), 60.0)


def reported(api: Api, path: str) -> dict[str, Object]:
    """Its conditions by their types."""
    found = api.get(path)["status"].get("conditions") or ()
    return {one["type"]: one for one in found}


def test_many_namespaces_go_quickly(api: Api) -> None:
    """«should always delete fast (ALL of 100 namespaces in 150 seconds)», thirty of them"""
    names = [unique("nslifetest") for _ in range(30)]
    for each in names:
        api.create(NAMESPACES, {"metadata": {"name": each}})
    for each in names:
        api.delete(f"{NAMESPACES}/{each}")
    until(lambda: not set(names) & set(api.names(NAMESPACES)), 45.0)


def test_patch(api: Api, name: str) -> None:
    """«should patch a Namespace»"""
    patch = {"metadata": {"labels": {"testLabel": "testValue"}}}
    api.patch(f"{NAMESPACES}/{name}", patch, STRATEGIC_PATCH)
    assert api.get(f"{NAMESPACES}/{name}")["metadata"]["labels"]["testLabel"] == "testValue"


def test_update(api: Api, name: str) -> None:
    """«should apply an update to a Namespace»"""
    found = api.get(f"{NAMESPACES}/{name}")
    found["metadata"]["labels"][name] = "updated"
    assert api.update(f"{NAMESPACES}/{name}", found)["metadata"]["labels"][name] == "updated"


def condition(kind: str) -> Object:
    return {"type": kind, "status": "True", "reason": "E2E", "message": "from an e2e test"}


def test_status(api: Api, name: str) -> None:
    """«should apply changes to a namespace status»"""
    path = f"{NAMESPACES}/{name}"
    body = {"metadata": {"annotations": {"e2e": "1"}}, "status": {"conditions": [condition("StatusPatch")]}}
    patched = api.patch(f"{path}/status", body)
    assert patched["metadata"]["annotations"]["e2e"] == "1"
    assert patched["status"]["conditions"][0]["type"] == "StatusPatch"
    current = api.get(f"{path}/status")
    current["status"]["conditions"].append(condition("StatusUpdate"))
    updated = api.update(f"{path}/status", current)
    assert [one["type"] for one in updated["status"]["conditions"]] == ["StatusPatch", "StatusUpdate"]
    assert updated["status"]["phase"] == "Active"


def test_finalizers(api: Api, name: str) -> None:
    """«should apply a finalizer to a Namespace»"""
    path = f"{NAMESPACES}/{name}"
    found = api.get(path)
    found["spec"]["finalizers"].append("e2e.example.com/fakeFinalizer")
    finalized = api.update(f"{path}/finalize", found)
    assert finalized["spec"]["finalizers"] == ["kubernetes", "e2e.example.com/fakeFinalizer"]
    finalized["spec"]["finalizers"] = ["kubernetes"]
    assert api.update(f"{path}/finalize", finalized)["spec"]["finalizers"] == ["kubernetes"]
