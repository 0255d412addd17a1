"""The three metrics APIs as a stand-in answers them, and what is said when one does not."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import orjson
import pytest
from wherry.apimachinery import labels
from wherry.apimachinery.gvk import GroupVersionResource
from wherry.client.client import Client
from wherry.controllers.podautoscaler.replicas import MetricError, Sample
from wherry.controllers.podautoscaler.sources import Sources
from wherry.controllers.scales import NoMatch, Scales

Object = dict[str, Any]
AT = datetime(2026, 1, 1, tzinfo=UTC)
WEB = labels.parse("app=web")
NONE = labels.from_label_selector(None)
CUSTOM = "/apis/custom.metrics.k8s.io"
NOT_FOUND = (404, b"404 page not found\n")
SERVICES = GroupVersionResource("", "v1", "services")


class Answers:
    """Path → (code, body); everything else is not found. As client and as scales."""

    def __init__(self, **by_path: Any) -> None:
        self.by_path: dict[str, Any] = by_path
        self.asked: list[str] = []

    async def raw(self, method: str, path: str) -> tuple[int, Object, bytes]:
        self.asked.append(path)
        answer = self.by_path.get(path)
        code, body = NOT_FOUND if answer is None else (200, orjson.dumps(answer))
        return code, {}, body

    async def of_kind(self, group: str, kind: str, version: str = "") -> list[GroupVersionResource]:
        if kind != "Service":
            raise NoMatch(f'no matches for kind "{kind}" in group "{group}"')
        return [SERVICES]


def sources(**by_path: Any) -> Sources:
    answers = Answers(**by_path)
    return Sources(cast(Client, answers), cast(Scales, answers))


def usage(name: str, **cpu: str) -> Object:
    containers = [{"name": each, "usage": {"cpu": amount}} for each, amount in cpu.items()]
    meta = {"name": name, "namespace": "ns"}
    return {"metadata": meta, "timestamp": "2026-01-01T00:00:00Z", "window": "15s", "containers": containers}


def value(kind: str, name: str, amount: str) -> Object:
    ref = {"kind": kind, "name": name}
    return {"describedObject": ref, "timestamp": "2026-01-01T00:00:00Z", "value": amount}


def told(failing: Coroutine[Any, Any, Any]) -> str:
    with pytest.raises(MetricError) as error:
        asyncio.run(failing)
    return str(error.value)


PODS = "/apis/metrics.k8s.io/v1beta1/namespaces/ns/pods?labelSelector=app%3Dweb"


def test_usage_is_summed_over_containers_or_of_one() -> None:
    found = sources(**{PODS: {"items": [usage("a", c="100m", d="50m")]}})
    window = timedelta(seconds=15)
    assert asyncio.run(found.resource("cpu", "ns", WEB)) == {"a": Sample(150, AT, window)}
    assert asyncio.run(found.resource("cpu", "ns", WEB, "d")) == {"a": Sample(50, AT, window)}


def test_pods_with_unknown_usage_are_left_out() -> None:
    found = sources(**{PODS: {"items": [usage("a", c="1"), usage("b")]}})
    assert asyncio.run(found.resource("memory", "ns", WEB)) == {}


def test_what_is_said_of_absent_usage() -> None:
    empty, some = sources(**{PODS: {"items": []}}), sources(**{PODS: {"items": [usage("a", c="1")]}})
    assert told(sources().resource("cpu", "ns", WEB)) == (
        "unable to fetch metrics from resource metrics API: "
        "the server could not find the requested resource (get pods.metrics.k8s.io)"
    )
    assert told(empty.resource("cpu", "ns", WEB)) == "no metrics returned from resource metrics API"
    assert told(some.resource("cpu", "ns", WEB, "d")) == (
        "failed to get container metrics: container d not present in metrics for pod ns/a"
    )


def test_custom_metrics_of_pods() -> None:
    path = f"{CUSTOM}/v1beta1/namespaces/ns/pods/*/hits?labelSelector=app%3Dweb&metricLabelSelector=v%3D2"
    found = sources(
        **{CUSTOM: {"versions": [{"version": "v1beta1"}]}, path: {"items": [value("Pod", "a", "1500m")]}}
    )
    samples = asyncio.run(found.pods("hits", "ns", WEB, labels.parse("v=2")))
    assert samples == {"a": Sample(1500, AT, timedelta(minutes=1))}


@pytest.mark.parametrize(
    ("described", "path"),
    [
        ({"apiVersion": "v1", "kind": "Service", "name": "s"}, "services/s/hits"),
        ({"apiVersion": "v1", "kind": "Namespace", "name": "other"}, "metrics/hits"),
    ],
)
def test_a_custom_metric_of_an_object(described: Object, path: str) -> None:
    where = f"{CUSTOM}/v1beta2/namespaces/ns/{path}"
    served = {"versions": [{"version": "v1beta1"}, {"version": "v1beta2"}]}
    found = sources(**{CUSTOM: served, where: {"items": [value("Service", "s", "7")]}})
    assert asyncio.run(found.object("hits", "ns", described, NONE)) == 7000


def test_what_is_said_without_custom_metrics() -> None:
    described = {"apiVersion": "x/v1", "kind": "Nothing", "name": "n"}
    before = "unable to fetch metrics from custom metrics API: "
    assert told(sources().pods("hits", "ns", WEB, NONE)) == (
        before + "no custom metrics API (custom.metrics.k8s.io) registered"
    )
    assert told(sources().object("hits", "ns", described, NONE)) == (
        before + 'no matches for kind "Nothing" in group "x"'
    )


def test_series_of_an_external_metric_are_summed() -> None:
    path = "/apis/external.metrics.k8s.io/v1beta1/namespaces/ns/queue"
    found = sources(**{path: {"items": [{"value": "3"}, {"value": "500m"}]}})
    assert asyncio.run(found.external("queue", "ns", NONE)) == 3500
    assert told(sources().external("queue", "ns", NONE)).endswith("(get queue.external.metrics.k8s.io)")
