"""Nodes: addresses for their pods, and what happens when one falls silent."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from wherry.apimachinery.clock import SystemClock, rfc3339, rfc3339_micro
from wherry.client.resources import EVENTS, LEASES, NODES, PODS

from tests.controllers.cluster import Cluster, cluster, running
from tests.support import run

Object = dict[str, Any]
NODE_CONTROLLERS = ("node-lifecycle-controller", "taint-eviction-controller", "serviceaccount-controller")
CLOCK = SystemClock()
PATIENCE = {
    "key": "node.kubernetes.io/unreachable",
    "operator": "Exists",
    "effect": "NoExecute",
    "tolerationSeconds": 10,
}

NODE_INFO = {"kubeletVersion": "v1.36.2"}


def node(name: str, ready: str = "True") -> Object:
    now = rfc3339(CLOCK.now())
    condition = {
        "type": "Ready",
        "status": ready,
        "reason": "KubeletReady",
        "lastHeartbeatTime": now,
        "lastTransitionTime": now,
    }
    return {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {"name": name},
        "status": {"conditions": [condition], "nodeInfo": NODE_INFO},
    }


def pod(name: str, on: str, *tolerations: Object) -> Object:
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "nodeName": on,
            "tolerations": list(tolerations),
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "c", "image": "i"}],
        },
    }


def taints(found: Object) -> set[tuple[str, str]]:
    return {(t["key"], t["effect"]) for t in found.get("spec", {}).get("taints") or ()}


async def add(c: Cluster, made: Object) -> None:
    await c.client.create(NODES, made)
    await c.client.patch(NODES, made["metadata"]["name"], {"status": made["status"]}, subresource="status")


async def beat(c: Cluster, name: str) -> None:
    """Renews the node's Lease."""
    now = rfc3339_micro(CLOCK.now())
    lease = {
        "kind": "Lease",
        "apiVersion": "coordination.k8s.io/v1",
        "metadata": {"name": name, "namespace": "kube-node-lease"},
        "spec": {"holderIdentity": name, "renewTime": now, "leaseDurationSeconds": 40},
    }
    await c.client.patch(LEASES, name, lease, "kube-node-lease", kind="apply", field_manager="t", force=True)


def test_every_node_gets_a_range_of_its_own(tmp_path: Path) -> None:
    async def go() -> None:
        settings: dict[str, Any] = {"cluster_cidr": "127.64.0.0/13", "node_cidr_mask_size": 24}
        async with cluster(tmp_path, "node-ipam-controller", **settings) as c:
            ranges = set()
            for name in ("n1", "n2"):
                await add(c, node(name))
                found = await c.until(NODES, name, lambda n: bool(n["spec"].get("podCIDR")))
                assert found["spec"]["podCIDRs"] == [found["spec"]["podCIDR"]]
                ranges.add(found["spec"]["podCIDR"])
            assert ranges == {"127.64.0.0/24", "127.64.1.0/24"}

    run(go(), 10)


def test_ranges_come_in_turn_and_again_when_their_node_is_gone(tmp_path: Path) -> None:
    async def go() -> None:
        settings: dict[str, Any] = {"cluster_cidr": "127.64.0.0/23", "node_cidr_mask_size": 24}
        async with cluster(tmp_path, "node-ipam-controller", **settings) as c:
            for name in ("n1", "n2", "n3"):
                await add(c, node(name))
                if name != "n3":
                    await c.until(NODES, name, lambda n: bool(n["spec"].get("podCIDR")))
            await c.until_list(EVENTS, lambda all_: any(e["reason"] == "CIDRNotAvailable" for e in all_))
            await c.client.delete(NODES, "n1")
            found = await c.until(NODES, "n3", lambda n: bool(n["spec"].get("podCIDR")))
            assert found["spec"]["podCIDR"] == "127.64.0.0/24"

    run(go(), 10)


def test_a_silent_node_is_unknown_and_its_pods_go(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *NODE_CONTROLLERS, scale=50) as c:
            await add(c, node("silent"))
            await add(c, node("alive"))
            await c.client.create(PODS, pod("p", "silent", PATIENCE))
            await c.client.patch(PODS, "p", {"status": running("10.9.0.1")}, "default", subresource="status")
            wanted = ("node.kubernetes.io/unreachable", "NoExecute")
            while wanted not in taints(await c.client.get(NODES, "silent")):
                await beat(c, "alive")
            found = await c.client.get(NODES, "silent")
            said = {x["type"]: (x["status"], x["reason"]) for x in found["status"]["conditions"]}
            assert said["Ready"] == ("Unknown", "NodeStatusUnknown")
            assert said["DiskPressure"] == ("Unknown", "NodeStatusNeverUpdated")
            assert ("node.kubernetes.io/unreachable", "NoSchedule") in taints(found)
            assert taints(await c.client.get(NODES, "alive")) == set()
            while (await c.client.list(PODS, "default"))["items"]:
                await beat(c, "alive")
            reasons = {e["reason"] for e in (await c.client.list(EVENTS))["items"]}
            assert {"NodeNotReady", "TaintManagerEviction"} <= reasons

    run(go(), 15)


def test_a_node_that_comes_back_loses_its_taints(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *NODE_CONTROLLERS) as c:
            await add(c, node("other"))
            await add(c, node("n", ready="False"))
            await c.until(NODES, "n", lambda n: ("node.kubernetes.io/not-ready", "NoSchedule") in taints(n))
            await c.client.patch(NODES, "n", {"status": node("n")["status"]}, subresource="status")
            await c.until(NODES, "n", lambda n: taints(n) == set())

    run(go(), 10)


def test_pods_of_a_node_that_fell_silent_are_marked_once(tmp_path: Path) -> None:
    async def go() -> None:
        more = {"node_monitor_period": 0.05, "node_monitor_grace_period": 0.2}
        async with cluster(tmp_path, *NODE_CONTROLLERS, **more) as c:
            await add(c, node("n"))
            await c.client.create(PODS, pod("p", "n", {"operator": "Exists"}))
            up = {"status": running("10.9.0.1")}
            await c.client.patch(PODS, "p", up, "default", subresource="status")
            await c.until(PODS, "p", lambda p: not ready(p))
            await c.client.patch(PODS, "p", up, "default", subresource="status")
            await asyncio.sleep(0.2)
            assert ready(await c.client.get(PODS, "p", "default"))

    run(go(), 10)


def test_a_kubelet_that_says_its_node_is_not_ready_speaks_for_its_pods(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *NODE_CONTROLLERS) as c:
            await add(c, node("other"))
            await add(c, node("n"))
            await c.client.create(PODS, pod("p", "n", {"operator": "Exists"}))
            up = {"status": running("10.9.0.1")}
            await c.client.patch(PODS, "p", up, "default", subresource="status")
            await c.seen(PODS, "default/p", bool)
            await c.client.patch(NODES, "n", {"status": node("n", "False")["status"]}, subresource="status")
            await c.until(NODES, "n", lambda n: ("node.kubernetes.io/not-ready", "NoExecute") in taints(n))
            assert ready(await c.client.get(PODS, "p", "default"))

    run(go(), 10)


def ready(found: Object) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in found["status"].get("conditions", ()))


def test_a_pod_stays_as_long_as_it_tolerates(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, "taint-eviction-controller", "serviceaccount-controller") as c:
            await add(c, node("n"))
            forever = {"key": "k", "operator": "Exists", "effect": "NoExecute"}
            await c.client.create(PODS, pod("stays", "n", forever))
            await c.client.create(PODS, pod("soon", "n", {**forever, "tolerationSeconds": 1}))
            await c.client.create(PODS, pod("now", "n"))
            taint = {"key": "k", "effect": "NoExecute"}
            await c.client.patch(NODES, "n", {"spec": {"taints": [taint]}})
            await c.until(PODS, "now", lambda p: not p)
            assert await c.client.get(PODS, "soon", "default")
            await c.until(PODS, "soon", lambda p: not p)
            assert await c.client.get(PODS, "stays", "default")
            await c.client.create(PODS, pod("late", "n", {**forever, "tolerationSeconds": 300}))
            await c.seen(PODS, "default/late", bool)
            await c.client.delete(PODS, "late", "default", grace=0)
            found = await c.until_list(EVENTS, lambda all_: any("Cancelling" in e["message"] for e in all_))
            told = [(e["message"], e["involvedObject"]) for e in found if "Cancelling" in e["message"]]
            late = {"kind": "Pod", "apiVersion": "v1", "namespace": "default", "name": "late"}
            assert told == [("Cancelling deletion of Pod default/late", late)]

    run(go(), 10)


def test_taints_stand_in_the_order_of_the_conditions(tmp_path: Path) -> None:
    kinds = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")

    async def scenario() -> None:
        async with cluster(tmp_path, "node-lifecycle-controller") as c:
            made = node("n")
            made["status"]["conditions"] += [{"type": kind, "status": "True"} for kind in kinds]
            await add(c, {**made, "spec": {"unschedulable": True}})
            names = (
                "memory-pressure",
                "disk-pressure",
                "pid-pressure",
                "network-unavailable",
                "unschedulable",
            )
            expected = [f"node.kubernetes.io/{name}" for name in names]
            found = await c.until(NODES, "n", lambda n: len(n["spec"].get("taints") or ()) == len(expected))
            assert [taint["key"] for taint in found["spec"]["taints"]] == expected

    run(scenario(), 10)


def test_older_labels_follow_the_newer_ones(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, "node-lifecycle-controller") as api:
            labels = {"kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64"}
            made = {**node("a"), "metadata": {"name": "a", "labels": labels}}
            await api.client.create(NODES, made)
            found = await api.until(
                NODES, "a", lambda n: "beta.kubernetes.io/os" in (n["metadata"].get("labels") or {})
            )
            assert found["metadata"]["labels"]["beta.kubernetes.io/arch"] == "arm64"

    run(scenario())


def test_a_pod_that_must_go_is_told_so_once(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, "taint-eviction-controller", "serviceaccount-controller") as c:
            kept = pod("kept", "n")
            kept["metadata"]["finalizers"] = ["example.com/kept"]
            await c.client.create(PODS, kept)
            up = {"status": running("10.9.0.1")}
            await c.client.patch(PODS, "kept", up, "default", subresource="status")
            await c.seen(PODS, "default/kept", lambda p: bool(p) and ready(p))
            made = {**node("n"), "spec": {"taints": [{"key": "k", "effect": "NoExecute"}]}}
            await c.client.create(NODES, made)
            going = await c.until(PODS, "kept", lambda p: "deletionTimestamp" in p["metadata"])
            conditions = going["status"]["conditions"]
            assert [condition["type"] for condition in conditions] == ["Ready", "DisruptionTarget"]
            assert conditions[1]["observedGeneration"] == 1
            await c.client.patch(PODS, "kept", {"metadata": {"labels": {"a": "b"}}}, "default")
            await c.client.create(PODS, pod("last", "n"))
            found = await c.until_list(
                EVENTS, lambda all_: any(e["involvedObject"]["name"] == "last" for e in all_)
            )
            assert [e["count"] for e in found if e["involvedObject"]["name"] == "kept"] == [1]

    run(go(), 10)
