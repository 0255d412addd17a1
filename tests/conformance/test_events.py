"""Events in both groups (upstream: test/e2e/instrumentation/{core_events,events}.go,
test/e2e/node/events.go)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import STRATEGIC_PATCH, Api, unique
from tests.e2e.waiting import until

Object = dict[str, Any]


def core(api: Api, path: str, name: str, namespace: str, **labels: str) -> Object:
    body = {
        "metadata": {"name": name, "labels": labels},
        "message": "This is a test event",
        "reason": "Test",
        "type": "Normal",
        "count": 1,
        "involvedObject": {"namespace": namespace},
    }
    made: Object = api.create(path, body)
    return made


def test_life_of_core_events(api: Api, namespace: str) -> None:
    """«should manage the lifecycle of an event» (core)"""
    path, label = f"/api/v1/namespaces/{namespace}/events", unique("constant")
    core(api, path, "event-test", namespace, constant=label)
    assert api.names("/api/v1/events", labelSelector=f"constant={label}") == ["event-test"]
    api.patch(f"{path}/event-test", {"message": "patched"}, STRATEGIC_PATCH)
    found = api.get(f"{path}/event-test")
    assert found["message"] == "patched"
    found["series"] = {"count": 100, "lastObservedTime": "2026-01-01T00:00:00.000000Z"}
    assert api.update(f"{path}/event-test", found)["series"]["count"] == 100
    assert api.get(path, fieldSelector="involvedObject.namespace=" + namespace + ",reason=Test")["items"]
    api.delete(f"{path}/event-test")
    assert not api.names("/api/v1/events", labelSelector=f"constant={label}")


def test_many_core_events(api: Api, namespace: str) -> None:
    """«should delete a collection of events» (core)"""
    path = f"/api/v1/namespaces/{namespace}/events"
    for number in range(3):
        core(api, path, f"test-event-{number}", namespace, set="true")
    assert len(api.names(path, labelSelector="set=true")) == 3
    api.delete(path, labelSelector="set=true")
    until(lambda: not api.names(path, labelSelector="set=true"))


def event(name: str, namespace: str, **labels: str) -> Object:
    return {
        "metadata": {"name": name, "labels": labels},
        "regarding": {"namespace": namespace},
        "eventTime": "2017-09-19T13:49:16.000000Z",
        "note": "This is " + name,
        "action": "Do",
        "reason": "Test",
        "type": "Normal",
        "reportingController": "test-controller",
        "reportingInstance": "test-node",
    }


@pytest.fixture
def events(namespace: str) -> str:
    return f"/apis/events.k8s.io/v1/namespaces/{namespace}/events"


def test_life_of_events(api: Api, namespace: str, events: str) -> None:
    """«should ensure that an event can be fetched, patched, deleted, and listed»"""
    everywhere, name = "/apis/events.k8s.io/v1/events", unique("event-test")
    made = api.create(events, event(name, namespace, constant=name))
    assert api.names(everywhere, labelSelector=f"constant={name}") == [name]
    assert name in api.names(events, fieldSelector="reportingController=test-controller")
    for refused in ("reportingController=other", "reportingController=test-controller,reason=Other"):
        assert name not in api.names(events, fieldSelector=refused)
    series = {"series": {"count": 2, "lastObservedTime": "2017-09-19T13:49:17.000000Z"}}
    patched = api.patch(f"{events}/{name}", series, STRATEGIC_PATCH)
    assert patched["series"]["count"] == 2 and patched["metadata"]["uid"] == made["metadata"]["uid"]
    patched["series"] = {"count": 100, "lastObservedTime": "2017-09-19T13:49:18.000000Z"}
    assert api.update(f"{events}/{name}", patched)["series"]["count"] == 100
    assert api.get(f"{events}/{name}")["series"]["count"] == 100
    shown = api.get(f"/api/v1/namespaces/{namespace}/events/{name}")
    assert shown["message"] == f"This is {name}" and shown["reportingComponent"] == "test-controller"
    api.delete(f"{events}/{name}")
    assert not api.names(everywhere, labelSelector=f"constant={name}")


def test_many_events(api: Api, namespace: str, events: str) -> None:
    """«should delete a collection of events»"""
    for number in range(3):
        api.create(events, event(f"test-event-{number}", namespace, set="true"))
    api.delete(events, labelSelector="set=true")
    until(lambda: not api.names(events, labelSelector="set=true"))


def test_events_about_a_pod(api: Api, namespace: str) -> None:
    """«should be sent by kubelets and the scheduler about pods scheduling and running»"""
    base = f"/api/v1/namespaces/{namespace}"
    spec = {"terminationGracePeriodSeconds": 0, "containers": [{"name": "p", "image": "pause"}]}
    made = api.create(f"{base}/pods", {"metadata": {"name": "send-events"}, "spec": spec})
    about = (
        f"involvedObject.kind=Pod,involvedObject.uid={made['metadata']['uid']}"
        f",involvedObject.namespace={namespace}"
    )

    def reported() -> set[str]:
        found = api.get(f"{base}/events", fieldSelector=about)["items"]
        return {one["source"].get("component") or one["reportingComponent"] for one in found}

    until(lambda: {"default-scheduler", "kubelet"} <= reported())
    assert api.get(f"{base}/events", fieldSelector=about + ",source=kubelet")["items"]
