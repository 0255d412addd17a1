"""RuntimeClasses of pods (upstream: test/e2e/common/node/runtimeclass.go)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.api import Api, unique
from tests.e2e.waiting import until

Object = dict[str, Any]
CLASSES = "/apis/node.k8s.io/v1/runtimeclasses"
OVERHEAD = {"cpu": "10m", "memory": "1Mi"}


@pytest.fixture
def pods(api: Api, namespace: str) -> Iterator[str]:
    yield f"/api/v1/namespaces/{namespace}/pods"


def pod(runtime_class: str) -> Object:
    return {
        "metadata": {"generateName": f"test-runtimeclass-{runtime_class}-"},
        "spec": {
            "runtimeClassName": runtime_class,
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "containers": [{"name": "test", "image": "busybox", "command": ["true"]}],
        },
    }


def rejected(api: Api, pods: str, name: str) -> bool:
    return api.ask("POST", pods, pod(name), dryRun="All").code == 403


def test_one_that_does_not_exist(api: Api, pods: str) -> None:
    """«should reject a Pod requesting a non-existent RuntimeClass»"""
    assert rejected(api, pods, "nonexistent")


@pytest.mark.parametrize("overhead", ({}, OVERHEAD))
def test_pods_are_scheduled(api: Api, pods: str, overhead: Object) -> None:
    """«should schedule a Pod requesting a RuntimeClass without PodOverhead», «… and initialize its
    Overhead»"""
    name = unique("preconfigured-handler")
    body: Object = {"metadata": {"name": name}, "handler": "test-handler"}
    if overhead:
        body["overhead"] = {"podFixed": overhead}
    with api.having(CLASSES, body):
        made = api.create(pods, pod(name))
        path = f"{pods}/{made['metadata']['name']}"
        until(lambda: api.get(path)["spec"].get("nodeName"))
        assert api.get(path)["spec"].get("overhead", {}) == overhead


def test_one_that_was_deleted(api: Api, pods: str) -> None:
    """«should reject a Pod requesting a deleted RuntimeClass»"""
    name = unique("delete-me")
    api.create(CLASSES, {"metadata": {"name": name}, "handler": "runc"})
    assert not rejected(api, pods, name)
    api.delete(f"{CLASSES}/{name}")
    assert api.gone(f"{CLASSES}/{name}")
    until(lambda: rejected(api, pods, name))
