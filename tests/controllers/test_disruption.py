"""Budgets follow their pods, and the scales of whatever controls them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from wherry.apimachinery.gvk import GroupVersionResource
from wherry.client.resources import (
    CUSTOMRESOURCEDEFINITIONS,
    EVENTS,
    PODDISRUPTIONBUDGETS,
    PODS,
    REPLICASETS,
    SERVICEACCOUNTS,
)

from tests.controllers.cluster import Cluster, cluster, running
from tests.support import run

Object = dict[str, Any]
CONTROLLERS = ("disruption-controller", "serviceaccount-controller")
LABELS = {"app": "web"}
CLUSTERS = GroupVersionResource("x.example", "v1", "clusters")


async def make_pod(api: Cluster, name: str, owner: Object | None = None, kind: str = "") -> None:
    meta: Object = {"name": name, "namespace": "default", "labels": LABELS}
    if owner is not None:
        ref = {"apiVersion": owner["apiVersion"], "kind": kind, "controller": True}
        ref |= {key: owner["metadata"][key] for key in ("name", "uid")}
        meta["ownerReferences"] = [ref]
    spec = {"containers": [{"name": "c", "image": "i"}], "nodeName": "n1"}
    await api.until(SERVICEACCOUNTS, "default", bool)
    await api.client.create(PODS, {"kind": "Pod", "metadata": meta, "spec": spec})
    await api.client.patch(PODS, name, {"status": running("10.9.0.1")}, "default", subresource="status")


async def make_budget(api: Cluster, **spec: Any) -> None:
    body = {
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "b", "namespace": "default"},
        "spec": {"selector": {"matchLabels": LABELS}, **spec},
    }
    await api.client.create(PODDISRUPTIONBUDGETS, body)


async def counted(api: Cluster, *wanted: int) -> Object:
    """Waits for disruptionsAllowed, currentHealthy, desiredHealthy and expectedPods."""
    names = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")

    def check(found: Object) -> bool:
        return tuple(found.get("status", {}).get(name) for name in names) == wanted

    return await api.until(PODDISRUPTIONBUDGETS, "b", check)


async def quiet(api: Cluster) -> None:
    while not api.manager.idle:  # noqa: ASYNC110 - idleness is a state, not an event
        await asyncio.sleep(0.01)


async def message(api: Cluster, reason: str) -> str:
    found = await api.until_list(EVENTS, lambda items: any(e["reason"] == reason for e in items))
    return str(next(e["message"] for e in found if e["reason"] == reason))


def test_a_budget_follows_its_pods_and_then_rests(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as api:
            await make_budget(api, minAvailable=1)
            await counted(api, 0, 0, 1, 0)
            await make_pod(api, "one")
            await make_pod(api, "two")
            found = await counted(api, 1, 2, 1, 2)
            await api.client.patch(PODS, "one", {"metadata": {"annotations": {"a": "b"}}}, "default")
            await quiet(api)
            assert await api.client.get(PODDISRUPTIONBUDGETS, "b", "default") == found
            await api.client.patch(PODS, "one", {"metadata": {"labels": {"app": "other"}}}, "default")
            await counted(api, 0, 1, 1, 1)

    run(scenario())


def test_an_eviction_is_counted_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as api:
            await make_pod(api, "one")
            await make_pod(api, "two")
            await make_budget(api, minAvailable=1)
            await counted(api, 1, 2, 1, 2)
            body = {"kind": "Eviction", "apiVersion": "policy/v1", "metadata": {"name": "one"}}
            await api.client.create(PODS, body, "default", name="one", subresource="eviction")
            found = await counted(api, 0, 1, 1, 2)
            assert found["status"].get("disruptedPods", {}).keys() <= {"one"}
            await api.client.delete(PODS, "one", "default", grace=0)
            found = await counted(api, 0, 1, 1, 1)
            assert "disruptedPods" not in found["status"]

    run(scenario())


def test_bare_pods_have_no_scale(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as api:
            await make_pod(api, "one")
            await make_budget(api, maxUnavailable=1)
            await counted(api, 0, 1, 0, 0)
            assert "were found to be unmanaged" in await message(api, "UnmanagedPods")

    run(scenario())


def test_the_replica_set_says_how_many_there_should_be(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as api:
            template = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
            spec = {"replicas": 4, "selector": {"matchLabels": LABELS}, "template": template}
            meta = {"name": "r", "namespace": "default"}
            owner = await api.client.create(
                REPLICASETS, {"kind": "ReplicaSet", "metadata": meta, "spec": spec}
            )
            await make_pod(api, "one", owner, "ReplicaSet")
            await make_pod(api, "two", owner, "ReplicaSet")
            await make_budget(api, maxUnavailable="70%")
            await counted(api, 1, 2, 1, 4)
            await api.client.patch(REPLICASETS, "r", {"spec": {"replicas": 2}}, "default")
            await counted(api, 2, 2, 0, 2)

    run(scenario())


def definition(scalable: bool) -> Object:
    paths = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version: Object = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": free}}
    if scalable:
        version["subresources"] = {"scale": paths}
    return {
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "clusters.x.example"},
        "spec": {
            "group": "x.example",
            "scope": "Namespaced",
            "names": {"plural": "clusters", "kind": "Cluster"},
            "versions": [version],
        },
    }


async def custom_owner(api: Cluster, scalable: bool) -> Object:
    await api.client.create(CUSTOMRESOURCEDEFINITIONS, definition(scalable))
    await api.until(CLUSTERS, "", lambda found: "items" in found)
    body = {
        "kind": "Cluster",
        "apiVersion": "x.example/v1",
        "metadata": {"name": "db", "namespace": "default"},
        "spec": {"replicas": 3},
    }
    return await api.client.create(CLUSTERS, body)


def test_a_custom_resource_with_a_scale_counts(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as api:
            owner = await custom_owner(api, scalable=True)
            await make_pod(api, "one", owner, "Cluster")
            await make_budget(api, minAvailable="50%")
            await counted(api, 0, 1, 2, 3)

    run(scenario())


def failed(budget: Object) -> bool:
    conditions = budget.get("status", {}).get("conditions") or ()
    return any(condition["reason"] == "SyncFailed" for condition in conditions)


def test_a_controller_without_a_scale_makes_the_budget_fail_safe(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as api:
            owner = await custom_owner(api, scalable=False)
            await make_pod(api, "one", owner, "Cluster")
            await make_budget(api, maxUnavailable=1)
            told = await message(api, "CalculateExpectedPodCountFailed")
            assert told.endswith("clusters.x.example does not implement the scale subresource")
            # The first status may be of before the pod was heard of.
            found = await api.until(PODDISRUPTIONBUDGETS, "b", failed)
            assert found["status"]["disruptionsAllowed"] == 0
            assert found["status"]["conditions"][0]["reason"] == "SyncFailed"

    run(scenario())


def test_a_disruption_that_never_came_ends(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, *CONTROLLERS, scale=100.0) as api:
            await make_pod(api, "one")
            target = {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}
            target["lastTransitionTime"] = "2026-01-01T00:00:00Z"
            patch = {"status": {"conditions": [target]}}
            await api.client.patch(PODS, "one", patch, "default", kind="strategic", subresource="status")

            def ended(found: Object) -> bool:
                conditions = found["status"]["conditions"]
                return any(c["type"] == "DisruptionTarget" and c["status"] == "False" for c in conditions)

            found = await api.until(PODS, "one", ended)
            assert not any("reason" in c for c in found["status"]["conditions"])

    run(scenario())
