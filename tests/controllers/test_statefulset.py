"""StatefulSets against a real API server: what a user sees."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from wherry.client.resources import (
    CONTROLLERREVISIONS,
    EVENTS,
    PERSISTENTVOLUMECLAIMS,
    PODS,
    STATEFULSETS,
)

from tests.controllers.cluster import Cluster, cluster, running
from tests.support import run

Object = dict[str, Any]
CONTROLLERS = ("statefulset-controller", "serviceaccount-controller")
CLAIM = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}


def db(replicas: int, image: str = "one", **spec: Any) -> Object:
    labels = {"app": "db"}
    pod = {"containers": [{"name": "c", "image": image}], "terminationGracePeriodSeconds": 0}
    return {
        "kind": "StatefulSet",
        "apiVersion": "apps/v1",
        "metadata": {"name": "db", "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "serviceName": "svc",
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
            **spec,
        },
    }


def names(pods: list[Object]) -> list[str]:
    return sorted(pod["metadata"]["name"] for pod in pods)


async def start(c: Cluster, pod: str) -> None:
    """Plays the kubelet once the pod is there."""
    await c.until(PODS, pod, bool)
    await c.client.patch(PODS, pod, {"status": running("10.9.0.1")}, "default", subresource="status")


async def rolled_out(c: Cluster, replicas: int, **spec: Any) -> Object:
    await c.client.create(STATEFULSETS, db(replicas, **spec))
    for number in range(replicas):
        await start(c, f"db-{number}")
    return await c.until(STATEFULSETS, "db", available(replicas))


def available(count: int) -> Any:
    return lambda s: s.get("status", {}).get("availableReplicas") == count


async def settled(c: Cluster) -> None:
    """Nothing more is written: the controller stays idle while its own last writes come back to it."""
    quiet = 0
    while quiet < 20:
        quiet = quiet + 1 if c.manager.idle else 0
        await asyncio.sleep(0.005)


async def change(c: Cluster, **spec: Any) -> None:
    await c.client.patch(STATEFULSETS, "db", {"spec": spec}, "default")


def template(image: str) -> Object:
    return {"spec": {"containers": [{"name": "c", "image": image}]}}


def test_pods_come_one_after_the_other(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await c.client.create(STATEFULSETS, db(2))
            pod = await c.until(PODS, "db-0", bool)
            await settled(c)
            assert names((await c.client.list(PODS, "default"))["items"]) == ["db-0"]
            assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("db-0", "svc")
            await start(c, "db-0")
            await start(c, "db-1")
            done = await c.until(STATEFULSETS, "db", available(2))
            assert done["status"]["currentRevision"] == done["status"]["updateRevision"]

    run(go())


def test_a_set_at_rest_is_left_alone(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await rolled_out(c, 1, volumeClaimTemplates=[CLAIM])
            await settled(c)
            before = (await c.client.list(PODS, "default"))["metadata"]["resourceVersion"]
            await c.client.patch(STATEFULSETS, "db", {"metadata": {"labels": {"touched": "1"}}}, "default")
            await settled(c)
            after = (await c.client.list(PODS, "default"))["metadata"]["resourceVersion"]
            assert int(after) - int(before) == 1

    run(go())


def test_it_shrinks_from_the_top(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await rolled_out(c, 3)
            await change(c, replicas=1)
            await c.until_list(PODS, lambda pods: names(pods) == ["db-0"])
            await c.until(STATEFULSETS, "db", available(1))

            def told(events: list[Object]) -> bool:
                deleted = [e["message"] for e in events if e["reason"] == "SuccessfulDelete"]
                wanted = [f"Delete Pod db-{number} in StatefulSet db successful" for number in (2, 1)]
                return deleted == wanted

            await c.until_list(EVENTS, told)

    run(go())


def test_an_update_goes_down_to_the_partition(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await rolled_out(c, 3)
            strategy = {"rollingUpdate": {"partition": 1}}
            await change(c, template=template("two"), updateStrategy=strategy)
            for number in (2, 1):
                await c.until(PODS, f"db-{number}", lambda p: bool(p) and image(p) == "two")
                await start(c, f"db-{number}")
            done = await c.until(
                STATEFULSETS, "db", lambda s: s["status"]["updatedReplicas"] == 2 and available(3)(s)
            )
            assert image(await c.client.get(PODS, "db-0", "default")) == "one"
            assert done["status"]["currentRevision"] != done["status"]["updateRevision"]
            await change(c, updateStrategy={"rollingUpdate": {"partition": 0}})
            await c.until(PODS, "db-0", lambda p: bool(p) and image(p) == "two")
            await start(c, "db-0")
            await c.until(STATEFULSETS, "db", lambda s: is_complete(s["status"]))

    run(go())


def image(pod: Object) -> str:
    return str(pod["spec"]["containers"][0]["image"])


def is_complete(status: Object) -> bool:
    return bool(status["currentRevision"] == status["updateRevision"] and status["readyReplicas"] == 3)


def test_a_pod_that_ended_comes_back(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await rolled_out(c, 1)
            for phase in ("Failed", "Succeeded"):
                old = await c.client.get(PODS, "db-0", "default")
                await c.client.patch(
                    PODS, "db-0", {"status": {"phase": phase}}, "default", subresource="status"
                )
                uid = old["metadata"]["uid"]
                await c.until(PODS, "db-0", another(uid))
                await start(c, "db-0")

    run(go())


def test_every_pod_has_its_claim(tmp_path: Path) -> None:
    async def go() -> None:
        policy = {"whenDeleted": "Delete", "whenScaled": "Delete"}
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await rolled_out(c, 2, volumeClaimTemplates=[CLAIM], persistentVolumeClaimRetentionPolicy=policy)
            pod = await c.client.get(PODS, "db-1", "default")
            assert pod["spec"]["volumes"][0] == {
                "name": "data",
                "persistentVolumeClaim": {"claimName": "data-db-1"},
            }
            await c.until(PERSISTENTVOLUMECLAIMS, "data-db-1", owned_by("StatefulSet", "db"))
            await change(c, replicas=1)
            await c.until(PERSISTENTVOLUMECLAIMS, "data-db-1", owned_by("Pod", "db-1"))
            await c.until_list(PODS, lambda pods: names(pods) == ["db-0"])

    run(go())


def owned_by(kind: str, name: str) -> Any:
    return lambda claim: (
        [(kind, name)]
        == [(ref["kind"], ref["name"]) for ref in claim["metadata"].get("ownerReferences") or ()]
    )


def test_the_history_is_kept_and_cut(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await c.client.create(STATEFULSETS, db(0, revisionHistoryLimit=1))
            await c.until_list(CONTROLLERREVISIONS, reached(1))
            for number, text in enumerate(("two", "three", "two")):
                await change(c, template=template(text))
                await c.until_list(CONTROLLERREVISIONS, reached(number + 2))
            kept = await c.until_list(CONTROLLERREVISIONS, lambda found: len(found) == 2)
            assert sorted(r["revision"] for r in kept) == [3, 4]

    run(go())


def another(uid: str) -> Any:
    return lambda obj: bool(obj) and obj["metadata"]["uid"] != uid


def reached(number: int) -> Any:
    return lambda revisions: newest(revisions) == number


def newest(revisions: list[Object]) -> int:
    return max((r["revision"] for r in revisions), default=0)


def test_parallel_pods_do_not_wait(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            ordinals = {"start": 5}
            await c.client.create(STATEFULSETS, db(3, podManagementPolicy="Parallel", ordinals=ordinals))
            await c.until_list(PODS, lambda pods: names(pods) == ["db-5", "db-6", "db-7"])
            await change(c, replicas=0)
            await c.until_list(PODS, lambda pods: not pods)

    run(go())


def test_an_orphan_of_the_name_is_adopted_and_a_stranger_let_go(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            owner = await rolled_out(c, 1)
            await c.client.patch(PODS, "db-0", {"metadata": {"labels": {"app": "other"}}}, "default")
            free = await c.until(PODS, "db-0", lambda p: not p["metadata"].get("ownerReferences"))
            await c.client.patch(PODS, "db-0", {"metadata": {"labels": {"app": "db"}}}, "default")
            back = await c.until(PODS, "db-0", lambda p: bool(p["metadata"].get("ownerReferences")))
            assert back["metadata"]["uid"] == free["metadata"]["uid"]
            assert back["metadata"]["ownerReferences"][0]["uid"] == owner["metadata"]["uid"]

    run(go())
