"""Which pods are collected, and what is said about them."""

from __future__ import annotations

from typing import Any, cast

from prometheus_client import REGISTRY
from wherry.apimachinery.clock import FakeClock
from wherry.apimachinery.errors import StatusError
from wherry.client.client import Client
from wherry.client.informer import Informer
from wherry.client.resources import PODS
from wherry.controllers.context import Context
from wherry.controllers.pod_gc import OUT_OF_SERVICE, PodGarbageCollector
from wherry.controllers.settings import Settings

from tests.controllers.objects import Object, pod
from tests.support import run

LEAVING: dict[str, Any] = {"deletionTimestamp": "2026-01-01T00:00:00Z"}


class Api:
    """Knows pods and nodes; notes status patches and deletions by pod name."""

    def __init__(self, pods: list[Object], nodes: list[Object]) -> None:
        self.known = {obj["metadata"]["name"]: obj for obj in nodes}
        self.pods, self.nodes = pods, nodes
        self.patched: dict[str, Object] = {}
        self.deleted: list[str] = []

    async def get(self, r: object, name: str, namespace: str = "") -> Object:
        if name not in self.known:
            raise StatusError(404, "NotFound", f'nodes "{name}" not found')
        return self.known[name]

    async def patch(self, r: object, name: str, patch: Object, namespace: str, **more: Any) -> None:
        self.patched[name] = patch["status"]

    async def delete(self, r: object, name: str, namespace: str, *, uid: str, grace: int) -> None:
        assert grace == 0
        self.deleted.append(name)


class Cache:
    """What an informer shows of some objects."""

    def __init__(self, objects: list[Object]) -> None:
        self.objects = objects
        self.has_synced = True

    def list(self) -> list[Object]:
        return self.objects

    def get(self, key: str) -> Object | None:
        return next((obj for obj in self.objects if obj["metadata"]["name"] == key), None)


class Caches:
    def __init__(self, api: Api) -> None:
        self.api = api

    def of(self, r: object, fields: str = "") -> Informer:
        return cast(Informer, Cache(self.api.pods if r == PODS else self.api.nodes))


class Ctx:
    """The part of a context that the collector uses."""

    def __init__(self, api: Api, threshold: int) -> None:
        self.client = cast(Client, api)
        self.clock = FakeClock()
        self.settings = Settings(terminated_pod_gc_threshold=threshold)
        self.informers = Caches(api)


def node(name: str, ready: bool = True, *taints: str) -> Object:
    conditions = [{"type": "Ready", "status": "True" if ready else "Unknown"}]
    spec = {"taints": [{"key": key, "effect": "NoExecute"} for key in taints]}
    return {"metadata": {"name": name}, "spec": spec, "status": {"conditions": conditions}}


def sweep(*pods: Object, nodes: list[Object] | None = None, threshold: int = 0, rounds: int = 1) -> Api:
    """The API after sweeps a quarantine apart."""
    api = Api(list(pods), [node("n1")] if nodes is None else nodes)

    async def scenario() -> None:
        ctx = Ctx(api, threshold)
        collector = PodGarbageCollector(cast(Context, ctx))
        for _ in range(rounds):
            await collector.reconcile("sweep")
            await ctx.clock.advance(40)

    run(scenario())
    return api


def test_nothing_is_done_to_pods_that_are_well() -> None:
    api = sweep(pod("a"), pod("b", phase="Succeeded"), pod("c", node="", phase="Pending"), rounds=3)
    assert not api.patched
    assert not api.deleted


def test_the_oldest_finished_pods_beyond_the_threshold_go_and_evicted_ones_first() -> None:
    evicted = pod("evicted", phase="Failed", creationTimestamp="2026-01-03T00:00:00Z")
    evicted["status"]["reason"] = "Evicted"
    old = pod("old", phase="Succeeded")
    young = pod("young", phase="Failed", creationTimestamp="2026-01-02T00:00:00Z")
    assert sweep(young, old, evicted, pod("runs"), threshold=1).deleted == ["evicted", "old"]
    assert sweep(young, old, evicted, threshold=3).deleted == []


def test_a_deleted_pod_without_a_node_has_failed() -> None:
    api = sweep(pod("a", node="", phase="Pending", **LEAVING))
    assert api.patched == {"a": {"phase": "Failed"}}
    assert api.deleted == ["a"]


def test_a_leaving_pod_goes_if_its_node_is_out_of_service() -> None:
    out = [node("n1", False, OUT_OF_SERVICE)]
    api = sweep(pod("a", **LEAVING), pod("b"), nodes=out)
    assert (api.patched, api.deleted) == ({"a": {"phase": "Failed"}}, ["a"])
    assert not sweep(pod("a", **LEAVING), nodes=[node("n1", True, OUT_OF_SERVICE)]).deleted
    assert not sweep(pod("a", **LEAVING), nodes=[node("n1", False)]).deleted


def test_pods_of_a_node_that_is_gone_are_disrupted_after_a_quarantine() -> None:
    assert not sweep(pod("a"), nodes=[]).deleted
    api = sweep(pod("a"), nodes=[], rounds=2)
    assert api.deleted == ["a"]
    assert api.patched["a"]["phase"] == "Failed"
    (condition,) = api.patched["a"]["conditions"]
    assert (condition["type"], condition["reason"]) == ("DisruptionTarget", "DeletionByPodGC")
    assert condition["message"] == "PodGC: node no longer exists"


def test_a_finished_pod_keeps_its_status_when_its_node_is_gone() -> None:
    api = sweep(pod("a", phase="Succeeded"), nodes=[], rounds=2)
    assert (api.patched, api.deleted) == ({}, ["a"])


def test_a_node_that_only_the_cache_misses_is_not_gone() -> None:
    hidden = node("n1")
    api = Api([pod("a")], [])
    api.known["n1"] = hidden

    async def scenario() -> None:
        ctx = Ctx(api, 0)
        collector = PodGarbageCollector(cast(Context, ctx))
        for _ in range(3):
            await collector.reconcile("sweep")
            await ctx.clock.advance(40)

    run(scenario())
    assert not api.deleted


def test_what_is_removed_is_counted_with_the_reason() -> None:
    def count(reason: str) -> float:
        labels = {"namespace": "ns", "reason": reason}
        return REGISTRY.get_sample_value("pod_gc_collector_force_delete_pods_total", labels) or 0.0

    before = {reason: count(reason) for reason in ("unscheduled", "orphaned")}
    sweep(pod("a", node="", phase="Pending", **LEAVING), pod("b", node="gone"), rounds=2)
    assert {reason: count(reason) - before[reason] for reason in before} == {"unscheduled": 2, "orphaned": 1}
