"""DaemonSets against a real API server: what a user sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wherry.client.resources import CONTROLLERREVISIONS, DAEMONSETS, EVENTS, NODES, PODS

from tests.controllers.cluster import Cluster, cluster, running
from tests.controllers.test_statefulset import another, reached, settled, template
from tests.support import run

Object = dict[str, Any]
CONTROLLERS = ("daemonset-controller", "serviceaccount-controller")


def agent(**spec: Any) -> Object:
    labels = {"app": "agent"}
    pod = {"containers": [{"name": "c", "image": "one"}], "terminationGracePeriodSeconds": 0}
    return {
        "kind": "DaemonSet",
        "apiVersion": "apps/v1",
        "metadata": {"name": "agent", "namespace": "default"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {**pod, **spec.pop("pod", {})}},
            **spec,
        },
    }


async def node(c: Cluster, name: str, **labels: str) -> None:
    await c.client.create(
        NODES, {"kind": "Node", "apiVersion": "v1", "metadata": {"name": name, "labels": labels}}
    )
    # A new node comes with a taint until it is ready.
    await c.client.patch(NODES, name, {"spec": {"taints": None}})


def node_of(pod: Object) -> str:
    terms = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return str(terms["nodeSelectorTerms"][0]["matchFields"][0]["values"][0])


def on(*nodes: str) -> Any:
    return lambda pods: sorted(node_of(pod) for pod in pods) == list(nodes)


def counts(**wanted: int) -> Any:
    return lambda d: all(d.get("status", {}).get(name, 0) == value for name, value in wanted.items())


async def start(c: Cluster) -> None:
    """Plays scheduler and kubelet for the pods that wait."""
    for pod in (await c.client.list(PODS, "default"))["items"]:
        name = pod["metadata"]["name"]
        if not pod["spec"].get("nodeName"):
            target = {"kind": "Node", "name": node_of(pod)}
            binding = {"metadata": {"name": name}, "target": target}
            await c.client.create(PODS, binding, "default", subresource="binding", name=name)
        if pod["status"]["phase"] == "Pending":
            await c.client.patch(PODS, name, {"status": running("10.9.0.1")}, "default", subresource="status")


async def rolled_out(c: Cluster, *nodes: str, **spec: Any) -> None:
    for name in nodes:
        await node(c, name)
    await c.client.create(DAEMONSETS, agent(**spec))
    await c.until_list(PODS, on(*nodes))
    await start(c)
    await c.until(DAEMONSETS, "agent", counts(numberAvailable=len(nodes)))


def test_every_node_gets_a_pod(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await rolled_out(c, "a", "b")
            await node(c, "c")
            await c.until_list(PODS, on("a", "b", "c"))
            await c.until(DAEMONSETS, "agent", counts(desiredNumberScheduled=3, numberUnavailable=1))

    run(go())


def test_a_set_at_rest_is_left_alone(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await rolled_out(c, "a")
            await settled(c)
            before = (await c.client.list(PODS, "default"))["metadata"]["resourceVersion"]
            await c.client.patch(DAEMONSETS, "agent", {"metadata": {"labels": {"touched": "1"}}}, "default")
            await settled(c)
            after = (await c.client.list(PODS, "default"))["metadata"]["resourceVersion"]
            assert int(after) - int(before) == 1

    run(go())


def test_labels_decide(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await node(c, "a", disk="fast")
            await node(c, "b")
            await c.client.create(DAEMONSETS, agent(pod={"nodeSelector": {"disk": "fast"}}))
            await c.until_list(PODS, on("a"))
            await c.client.patch(NODES, "b", {"metadata": {"labels": {"disk": "fast"}}})
            await c.until_list(PODS, on("a", "b"))
            await c.client.patch(NODES, "a", {"metadata": {"labels": {"disk": None}}})
            await c.until_list(PODS, on("b"))
            await c.until(DAEMONSETS, "agent", counts(desiredNumberScheduled=1, numberMisscheduled=0))

    run(go())


def test_taints_keep_pods_away_and_drive_them_off(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await rolled_out(c, "a", "b")
            stay, leave = ([{"key": "k", "effect": effect}] for effect in ("NoSchedule", "NoExecute"))
            await c.client.patch(NODES, "a", {"spec": {"taints": stay}})
            await settled(c)
            await c.until_list(PODS, on("a", "b"))
            await c.client.patch(NODES, "a", {"spec": {"taints": leave}})
            await c.until_list(PODS, on("b"))

    run(go())


def test_a_node_that_is_back_counts_again(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await rolled_out(c, "a")
            away = {"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule"}
            await c.client.patch(NODES, "a", {"spec": {"taints": [away]}})
            (pod,) = (await c.client.list(PODS, "default"))["items"]
            lost = {"status": running("10.9.0.1", ready=False)}
            await c.client.patch(PODS, pod["metadata"]["name"], lost, "default", subresource="status")
            await c.until(DAEMONSETS, "agent", counts(desiredNumberScheduled=0, numberMisscheduled=1))
            await c.client.patch(NODES, "a", {"spec": {"taints": None}})
            await c.until(DAEMONSETS, "agent", counts(desiredNumberScheduled=1, numberMisscheduled=0))

    run(go())


def test_pods_are_replaced_one_by_one(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await rolled_out(c, "a", "b")
            await c.client.patch(DAEMONSETS, "agent", {"spec": {"template": template("two")}}, "default")
            await c.until_list(PODS, lambda pods: images(pods) == ["one", "two"])
            await settled(c)
            assert images((await c.client.list(PODS, "default"))["items"]) == ["one", "two"]
            await start(c)
            await c.until_list(PODS, lambda pods: images(pods) == ["two", "two"])
            await start(c)
            done = counts(updatedNumberScheduled=2, numberAvailable=2, observedGeneration=2)
            await c.until(DAEMONSETS, "agent", done)

    run(go())


def images(pods: list[Object]) -> list[str]:
    return sorted(pod["spec"]["containers"][0]["image"] for pod in pods)


def test_a_surge_starts_the_new_pod_first(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            surge = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
            await rolled_out(c, "a", updateStrategy=surge)
            await c.client.patch(DAEMONSETS, "agent", {"spec": {"template": template("two")}}, "default")
            await c.until_list(PODS, lambda pods: images(pods) == ["one", "two"])
            await start(c)
            await c.until_list(PODS, lambda pods: images(pods) == ["two"])

    run(go())


def test_on_delete_waits_for_the_deletion(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await rolled_out(c, "a", updateStrategy={"type": "OnDelete"})
            await c.client.patch(DAEMONSETS, "agent", {"spec": {"template": template("two")}}, "default")
            await c.until(DAEMONSETS, "agent", counts(observedGeneration=2, updatedNumberScheduled=0))
            await c.client.delete_collection(PODS, "default", label_selector="app=agent")
            await c.until_list(PODS, lambda pods: images(pods) == ["two"])

    run(go())


def test_an_old_template_gets_its_revision_a_new_number(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await c.client.create(DAEMONSETS, agent())
            for number, text in ((2, "two"), (3, "one")):
                await c.until_list(CONTROLLERREVISIONS, reached(number - 1))
                await c.client.patch(DAEMONSETS, "agent", {"spec": {"template": template(text)}}, "default")
            found = await c.until_list(CONTROLLERREVISIONS, reached(3))
            assert sorted(r["revision"] for r in found) == [2, 3]

    run(go())


def test_a_deleted_revision_is_made_again(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await rolled_out(c, "a")
            first = (await c.client.list(CONTROLLERREVISIONS, "default"))["items"][0]["metadata"]
            await c.client.delete(CONTROLLERREVISIONS, first["name"], "default")
            again = await c.until(CONTROLLERREVISIONS, first["name"], another(first["uid"]))
            assert again["revision"] == 1

    run(go())


def test_failed_pods_are_replaced_and_told_of(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS) as c:
            await rolled_out(c, "a")
            pod = (await c.client.list(PODS, "default"))["items"][0]
            name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
            await c.client.patch(PODS, name, {"status": {"phase": "Failed"}}, "default", subresource="status")
            await c.until_list(PODS, lambda pods: [p["metadata"]["uid"] == uid for p in pods] == [False])
            text = f"Found failed daemon pod default/{name} on node a, will try to kill it"
            await c.until_list(EVENTS, lambda events: text in [e["message"] for e in events])

    run(go())
