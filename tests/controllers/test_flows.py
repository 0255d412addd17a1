"""The controllers against a real API server: what a user sees."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from wherry.apimachinery.clock import SystemClock
from wherry.client.resources import (
    CONFIGMAPS,
    DEPLOYMENTS,
    ENDPOINTS,
    ENDPOINTSLICES,
    EVENTS,
    NAMESPACES,
    NODES,
    PODS,
    REPLICASETS,
    SERVICEACCOUNTS,
    SERVICES,
)
from wherry.controllers import conditions

from tests.controllers.cluster import Cluster, cluster
from tests.support import run

Object = dict[str, Any]
WORKLOADS = ("deployment-controller", "replicaset-controller", "serviceaccount-controller")
NAMESPACE = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "x"}}


def web(replicas: int, image: str = "one") -> Object:
    labels = {"app": "web"}
    spec = {"containers": [{"name": "c", "image": image}], "terminationGracePeriodSeconds": 0}
    return {
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def available(count: int) -> Any:
    return lambda d: d.get("status", {}).get("availableReplicas") == count


async def rolled_out(c: Cluster, replicas: int) -> None:
    await c.client.create(DEPLOYMENTS, web(replicas))
    await c.until_list(PODS, lambda pods: len(pods) == replicas)
    await c.run_pods("app=web")
    await c.until(DEPLOYMENTS, "web", available(replicas))


def test_a_deployment_gets_its_pods(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *WORKLOADS) as c:
            await rolled_out(c, 3)
            d = await c.client.get(DEPLOYMENTS, "web", "default")
            assert d["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
            events = await c.until_list(EVENTS, lambda found: len(found) >= 4)
            assert {e["reason"] for e in events} == {"ScalingReplicaSet", "SuccessfulCreate"}

    run(go(), 10)


def test_a_taken_name_is_told_apart_by_the_collision_count(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *WORKLOADS) as c:
            await rolled_out(c, 1)
            (named,) = await c.until_list(REPLICASETS, bool)
            name = named["metadata"]["name"]
            await c.client.delete(DEPLOYMENTS, "web", "default")
            await c.client.delete(REPLICASETS, name, "default")
            await c.until(DEPLOYMENTS, "web", lambda found: not found)
            await c.until(REPLICASETS, name, lambda found: not found)
            await c.client.create(REPLICASETS, foreign(name))
            await c.client.create(DEPLOYMENTS, web(1))
            found = await c.until(DEPLOYMENTS, "web", lambda d: d["status"].get("collisionCount") == 1)
            sets = await c.until_list(REPLICASETS, lambda sets: len(sets) == 2)
            (own,) = [s for s in sets if s["metadata"].get("ownerReferences")]
            assert own["metadata"]["name"] != name
            assert own["metadata"]["ownerReferences"][0]["uid"] == found["metadata"]["uid"]

    run(go(), 10)


def foreign(name: str) -> Object:
    """A ReplicaSet of that name that is nobody's."""
    labels = {"app": "other"}
    template = {"metadata": {"labels": labels}, "spec": web(0)["spec"]["template"]["spec"]}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    return {"kind": "ReplicaSet", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def test_a_rolling_update_ends_with_the_new_pods_only(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *WORKLOADS) as c:
            await rolled_out(c, 2)
            template = {"spec": {"containers": [{"name": "c", "image": "two"}]}}
            await c.client.patch(
                DEPLOYMENTS, "web", {"spec": {"template": template}}, "default", kind="strategic"
            )
            while not is_updated(await c.client.get(DEPLOYMENTS, "web", "default")):
                await c.run_pods("app=web")
                await asyncio.sleep(0.02)
            pods = await c.until_list(PODS, lambda found: len(found) == 2)
            assert {p["spec"]["containers"][0]["image"] for p in pods} == {"two"}
            sets = (await c.client.list(REPLICASETS, "default"))["items"]
            assert sorted(s["spec"]["replicas"] for s in sets) == [0, 2]

    def is_updated(d: Object) -> bool:
        status = d["status"]
        conditions = {x["type"]: x["reason"] for x in status.get("conditions", [])}
        counts = (status.get("observedGeneration"), status.get("updatedReplicas"), status.get("replicas"))
        return counts == (2, 2, 2) and conditions["Progressing"] == "NewReplicaSetAvailable"

    run(go(), 10)


async def versions(c: Cluster) -> dict[str, str]:
    """resourceVersions by uid of the objects that a Deployment is made of."""
    found = [obj for r in (DEPLOYMENTS, REPLICASETS, PODS) for obj in (await c.client.list(r))["items"]]
    return {obj["metadata"]["uid"]: obj["metadata"]["resourceVersion"] for obj in found}


def test_nothing_is_written_once_all_is_well(tmp_path: Path) -> None:
    async def go() -> None:
        clock = SystemClock(scale=200)
        async with cluster(tmp_path, *WORKLOADS, scale=200) as c:
            await rolled_out(c, 2)
            while not c.manager.idle:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            await c.until(DEPLOYMENTS, "web", lambda d: progressing(d) == "NewReplicaSetAvailable")
            before = await versions(c)
            await clock.sleep(100)
            assert await versions(c) == before

    run(go(), 10)


def progressing(d: Object) -> str:
    """The reason of the condition Progressing."""
    found = conditions.find(d.get("status", {}).get("conditions"), "Progressing")
    return str(found["reason"]) if found is not None else ""


def test_a_lost_pod_is_replaced(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *WORKLOADS) as c:
            await rolled_out(c, 1)
            old = (await c.client.list(PODS, "default"))["items"][0]["metadata"]
            await c.client.delete(PODS, old["name"], "default")
            await c.until_list(PODS, lambda p: len(p) == 1 and p[0]["metadata"]["uid"] != old["uid"])

    run(go(), 10)


def test_deleting_a_deployment_takes_everything_along(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *WORKLOADS, "garbage-collector-controller") as c:
            await rolled_out(c, 3)
            await c.client.delete(DEPLOYMENTS, "web", "default", propagation="Foreground")
            await c.until(DEPLOYMENTS, "web", lambda d: not d)
            assert (await c.client.list(PODS, "default"))["items"] == []
            assert (await c.client.list(REPLICASETS, "default"))["items"] == []

    run(go(), 10)


def test_orphans_stay(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *WORKLOADS, "garbage-collector-controller") as c:
            await rolled_out(c, 1)
            await c.client.delete(DEPLOYMENTS, "web", "default", propagation="Orphan")
            await c.until(DEPLOYMENTS, "web", lambda d: not d)
            sets = (await c.client.list(REPLICASETS, "default"))["items"]
            assert [s["metadata"].get("ownerReferences") for s in sets] == [None]
            assert len((await c.client.list(PODS, "default"))["items"]) == 1

    run(go(), 10)


def test_the_endpoints_of_a_service_follow_its_pods(tmp_path: Path) -> None:
    service = {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {"name": "svc", "namespace": "default"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
    }

    def ips(slices: list[Object]) -> list[str]:
        return [e["addresses"][0] for s in slices for e in s["endpoints"] or () if e["conditions"]["ready"]]

    async def go() -> None:
        names = ("endpoints-controller", "endpointslice-controller", *WORKLOADS)
        async with cluster(tmp_path, *names) as c:
            await c.client.create(SERVICES, service)
            await rolled_out_on_node(c)
            mine = "kubernetes.io/service-name=svc"
            await c.until_list(ENDPOINTSLICES, lambda s: ips(s) == ["10.9.0.1"], mine)
            found = await c.until(ENDPOINTS, "svc", lambda e: bool(e.get("subsets")))
            assert found["subsets"][0]["addresses"][0]["ip"] == "10.9.0.1"
            await c.run_pods("app=web", ready=False)
            await c.until_list(ENDPOINTSLICES, lambda s: ips(s) == [], mine)
            await a_service_takes_its_hand_made_endpoints_with_it(c)

    run(go(), 10)


async def a_service_takes_its_hand_made_endpoints_with_it(c: Cluster) -> None:
    meta = {"name": "own", "namespace": "default"}
    await c.client.create(ENDPOINTS, {"kind": "Endpoints", "apiVersion": "v1", "metadata": meta})
    service = {"kind": "Service", "apiVersion": "v1", "metadata": meta, "spec": {"ports": [{"port": 80}]}}
    await c.client.create(SERVICES, service)
    await c.seen(ENDPOINTS, "default/own", lambda e: bool(e))
    await c.client.delete(SERVICES, "own", "default")
    await c.until(ENDPOINTS, "own", lambda e: not e)


async def rolled_out_on_node(c: Cluster) -> None:
    node = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1"}}
    await c.client.create(NODES, node)
    d = web(1)
    d["spec"]["template"]["spec"]["nodeName"] = "n1"
    await c.client.create(DEPLOYMENTS, d)
    await c.until_list(PODS, lambda pods: len(pods) == 1)
    await c.run_pods("app=web")


def test_a_namespace_is_furnished(tmp_path: Path) -> None:
    async def go() -> None:
        names = ("serviceaccount-controller", "root-ca-certificate-publisher-controller")
        async with cluster(tmp_path, *names) as c:
            await c.client.create(NAMESPACES, NAMESPACE)
            await c.until(SERVICEACCOUNTS, "default", bool, "x")
            found = await c.until(CONFIGMAPS, "kube-root-ca.crt", bool, "x")
            assert found["data"]["ca.crt"].startswith("-----BEGIN CERTIFICATE-----")
            patch = {"data": {"ca.crt": "wrong"}}
            await c.client.patch(CONFIGMAPS, "kube-root-ca.crt", patch, "x")
            right = found["data"]
            await c.until(CONFIGMAPS, "kube-root-ca.crt", lambda m: m.get("data") == right, "x")

    run(go(), 10)


def test_a_namespace_goes_with_its_content(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, namespace_deletion_grace_period=0.0) as c:
            await c.client.create(NAMESPACES, NAMESPACE)
            await c.until(CONFIGMAPS, "kube-root-ca.crt", bool, "x")
            await c.client.delete(NAMESPACES, "x")
            await c.until(NAMESPACES, "x", lambda n: not n)
            assert (await c.client.list(CONFIGMAPS, "x"))["items"] == []

    run(go(), 10)


def test_a_namespace_that_is_held_says_by_what(tmp_path: Path) -> None:
    async def go() -> None:
        more = {"namespace_deletion_grace_period": 0}
        async with cluster(tmp_path, "namespace-controller", **more) as c:
            await c.client.create(NAMESPACES, NAMESPACE)
            meta = {"name": "held", "namespace": "x", "finalizers": ["example.com/hold"]}
            await c.client.create(CONFIGMAPS, {"kind": "ConfigMap", "metadata": meta})
            await c.client.delete(NAMESPACES, "x")
            found = await c.until(NAMESPACES, "x", lambda n: bool(n["status"].get("conditions")))
            said = {c["type"]: (c["status"], c["message"]) for c in found["status"]["conditions"]}
            remaining = "Some resources are remaining: configmaps. has 1 resource instances"
            assert said["NamespaceContentRemaining"] == ("True", remaining)
            finalizers = (
                "Some content in the namespace has finalizers remaining: "
                "example.com/hold in 1 resource instances"
            )
            assert said["NamespaceFinalizersRemaining"] == ("True", finalizers)
            assert said["NamespaceDeletionContentFailure"][0] == "False"
            await c.client.patch(CONFIGMAPS, "held", {"metadata": {"finalizers": None}}, "x")
            await c.until(NAMESPACES, "x", lambda n: not n)

    run(go(), 20)
