"""LimitRanges (upstream: test/e2e/scheduling/limit_range.go)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import STRATEGIC_PATCH, Api, unique
from tests.e2e.waiting import until

Object = dict[str, Any]


def amounts(cpu: str, memory: str, storage: str) -> Object:
    found = {"cpu": cpu, "memory": memory, "ephemeral-storage": storage}
    return {name: value for name, value in found.items() if value}


SPEC = {
    "limits": [
        {
            "type": "Container",
            "min": amounts("50m", "100Mi", "100Gi"),
            "max": amounts("500m", "500Mi", "500Gi"),
            "default": amounts("500m", "500Mi", "500Gi"),
            "defaultRequest": amounts("100m", "200Mi", "200Gi"),
            "maxLimitRequestRatio": {},
        }
    ]
}


@pytest.fixture
def base(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}"


def pod(name: str, requests: Object | None = None, limits: Object | None = None) -> Object:
    resources = {"requests": requests or {}, "limits": limits or {}}
    container = {"name": "pause", "image": "pause", "resources": resources}
    spec = {"nodeSelector": {"no.such/node": "x"}, "containers": [container]}
    return {"metadata": {"name": name}, "spec": spec}


def test_defaults_and_limits(api: Api, base: str) -> None:
    """«should create a LimitRange with defaults and ensure pod has those defaults applied.»"""
    ranges, pods = f"{base}/limitranges", f"{base}/pods"
    label = unique("time")
    with api.watch(ranges, labelSelector=f"time={label}") as watch:
        api.create(ranges, {"metadata": {"name": "limit-range", "labels": {"time": label}}, "spec": SPEC})
        assert watch.next()[0] == "ADDED"
    wanted = {"requests": amounts("100m", "200Mi", "200Gi"), "limits": amounts("500m", "500Mi", "500Gi")}
    made = api.create(pods, pod("pod-no-resources"))
    assert made["spec"]["containers"][0]["resources"] == wanted
    partly = pod("pod-partial-resources", amounts("", "150Mi", "150Gi"), amounts("300m", "", ""))
    made = api.create(pods, partly)
    assert made["spec"]["containers"][0]["resources"] == {
        "requests": amounts("300m", "150Mi", "150Gi"),
        "limits": amounts("300m", "500Mi", "500Gi"),
    }
    small, large = amounts("10m", "50Mi", "50Gi"), amounts("600m", "600Mi", "600Gi")
    api.fails(403, "POST", pods, pod("pfpod", small))
    # The default limit is below what it requests, so it is invalid before anybody asks about maxima.
    api.fails(422, "POST", pods, pod("pfpod", large))
    api.fails(403, "POST", pods, pod("pfpod", large, large))
    found = api.get(f"{ranges}/limit-range")
    found["spec"]["limits"][0]["min"] = amounts("9m", "49Mi", "49Gi")
    assert api.update(f"{ranges}/limit-range", found)["spec"]["limits"][0]["min"]["cpu"] == "9m"
    until(lambda: api.ask("POST", pods, pod("pfpod", small)).code == 201)
    api.fails(403, "POST", pods, pod("pfpod2", large, large))
    api("DELETE", f"{ranges}/limit-range", {"gracePeriodSeconds": 30})
    until(lambda: not api.names(ranges))
    until(lambda: api.ask("POST", pods, pod("pfpod2", large)).code == 201)


def test_many(api: Api, base: str) -> None:
    """«should list, patch and delete a LimitRange by collection»"""
    name = unique("limitrange")
    other = f"/api/v1/namespaces/{name}"
    api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    meta = {"name": name, "labels": {"e2e-test": name, name: "created"}}
    for place in (base, other):
        api.create(f"{place}/limitranges", {"metadata": meta, "spec": SPEC})
    assert len(api.names("/api/v1/limitranges", labelSelector=f"e2e-test={name}")) == 2
    limits = [SPEC["limits"][0] | {"min": amounts("9m", "49Mi", "49Gi")}]
    patch = {
        "metadata": {"creationTimestamp": None, "labels": {name: "patched"}},
        "spec": {"limits": limits},
    }
    patched = api.patch(f"{base}/limitranges/{name}", patch, STRATEGIC_PATCH)
    assert patched["metadata"]["labels"][name] == "patched"
    assert patched["spec"]["limits"][0]["min"] == amounts("9m", "49Mi", "49Gi")
    api.delete(f"{base}/limitranges", labelSelector=f"{name}=patched")
    assert len(api.names("/api/v1/limitranges", labelSelector=f"e2e-test={name}")) == 1
    api.delete(other)
