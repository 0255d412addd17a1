"""Pods as objects (upstream: test/e2e/common/node/pods.go, test/e2e/node/pods.go,
test/e2e/apimachinery/generated_clientset.go)."""

from __future__ import annotations

import json
import ssl
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.conformance.api import MERGE_PATCH, STRATEGIC_PATCH, Api, Watch, unique
from tests.e2e.local import LocalCluster
from tests.e2e.waiting import until

Object = dict[str, Any]
AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.56"


def pod(name: str, image: str = AGNHOST, **spec: Any) -> Object:
    container = {"name": "main", "image": image} | spec.pop("container", {})
    fixed = {"terminationGracePeriodSeconds": 1, "containers": [container]}
    return {"metadata": {"name": name, "labels": {"test": name}}, "spec": fixed | spec}


def running(api: Api, pods: str, name: str) -> Object:
    until(lambda: api.get(f"{pods}/{name}")["status"]["phase"] == "Running")
    return dict(api.get(f"{pods}/{name}"))


def after(watch: Watch, kind: str) -> Object:
    while True:
        found, obj = watch.next()
        if found == kind:
            return obj


def test_life(api: Api, pods: str) -> None:
    """«should run through the lifecycle of Pods and PodStatus»"""
    with api.watch(pods, labelSelector="test=pod-test") as watch:
        api.create(pods, pod("pod-test"))
        until(lambda: all(one["status"] == "True" for one in conditions(api, pods)))
        patch = {
            "metadata": {"creationTimestamp": None, "labels": {"test-pod": "patched"}},
            "spec": {
                "terminationGracePeriodSeconds": 1,
                "containers": [{"name": "main", "image": "httpd", "resources": {}}],
            },
            "status": {},
        }
        patched = api.patch(f"{pods}/pod-test", patch, STRATEGIC_PATCH)
        assert patched["metadata"]["labels"] == {"test": "pod-test", "test-pod": "patched"}
        assert patched["spec"]["containers"][0]["image"] == "httpd"

        def unready() -> Any:
            current = api.get(f"{pods}/pod-test/status")
            ready = [one for one in current["status"]["conditions"] if one["type"] in READY]
            for one in ready:
                one["status"] = "False"
            answer = api.ask("PUT", f"{pods}/pod-test/status", current)
            return answer.obj if answer.code == 200 else None

        updated = until(unready)["status"]["conditions"]
        assert [one["status"] for one in updated if one["type"] in READY] == ["False", "False"]
        api("DELETE", pods, {"gracePeriodSeconds": 1}, labelSelector="test=pod-test")
        after(watch, "DELETED")
    assert api.gone(f"{pods}/pod-test")


READY = ("Ready", "ContainersReady")


def conditions(api: Api, pods: str) -> list[Object]:
    found = api.get(f"{pods}/pod-test")["status"].get("conditions") or ()
    ready = [one for one in found if one["type"] in READY]
    return ready if len(ready) == 2 else [{"status": "Unknown"}]


def test_a_patch_of_the_status(api: Api, pods: str) -> None:
    """«should patch a pod status»"""
    api.create(pods, pod("one"))
    running(api, pods, "one")
    body = {
        "metadata": {"annotations": {"patchedstatus": "true"}},
        "status": {"message": "Patched by e2e test", "reason": "E2E"},
    }
    status = api.patch(f"{pods}/one/status", body)["status"]
    assert (status["message"], status["reason"]) == ("Patched by e2e test", "E2E")


def test_submitted_and_removed(api: Api, pods: str) -> None:
    """«should be submitted and removed»"""
    since = api.get(pods)["metadata"]["resourceVersion"]
    with api.watch(pods, resourceVersion=since) as watch:
        api.create(pods, pod("one", "registry.k8s.io/pause:3.10"))
        assert watch.next()[0] == "ADDED"
        running(api, pods, "one")
        api("DELETE", f"{pods}/one", {"gracePeriodSeconds": 1})
        last = after(watch, "DELETED")
        assert last["metadata"]["deletionTimestamp"] and last["spec"]["terminationGracePeriodSeconds"] == 1
    assert not api.names(pods)


def test_a_graceful_deletion_is_seen(api: Api, pods: str) -> None:
    """«should create pods, set the deletionTimestamp and deletionGracePeriodSeconds of the pod»"""
    script = {"command": ["sh", "-c", "trap 'sleep 1; exit 0' TERM; while true; do sleep 0.1; done"]}
    made = api.create(pods, pod("one", "busybox", container=script))
    running(api, pods, "one")
    with api.watch(pods, resourceVersion=made["metadata"]["resourceVersion"]) as watch:
        api("DELETE", f"{pods}/one", {"gracePeriodSeconds": 31})
        while "deletionTimestamp" not in (seen := after(watch, "MODIFIED"))["metadata"]:
            pass
        assert seen["metadata"]["deletionGracePeriodSeconds"] == 31
    api("DELETE", f"{pods}/one", {"gracePeriodSeconds": 0})


def test_updates(api: Api, pods: str) -> None:
    """«should be updated», «should allow activeDeadlineSeconds to be updated»"""
    api.create(pods, pod("one", "registry.k8s.io/pause:3.10"))
    running(api, pods, "one")
    label = {"metadata": {"labels": {"time": "later"}}}
    assert api.patch(f"{pods}/one", label)["metadata"]["labels"]["time"] == "later"
    assert api.names(pods, labelSelector="time=later") == ["one"]
    api.patch(f"{pods}/one", {"spec": {"activeDeadlineSeconds": 1}})
    until(lambda: api.get(f"{pods}/one")["status"].get("reason") == "DeadlineExceeded")
    assert api.get(f"{pods}/one")["status"]["phase"] == "Failed"


def test_many_go_at_once(api: Api, pods: str) -> None:
    """«should delete a collection of pods»"""
    for number in range(3):
        one = pod(f"test-pod-{number}", "registry.k8s.io/pause:3.10")
        one["metadata"]["labels"]["type"] = "Testing"
        api.create(pods, one)
    for number in range(3):
        running(api, pods, f"test-pod-{number}")
    api("DELETE", pods, {"gracePeriodSeconds": 1}, labelSelector="type=Testing")
    until(lambda: not api.names(pods, labelSelector="type=Testing"))


def test_generation(api: Api, pods: str) -> None:
    """«pod generation should start at 1 and increment per update», «custom-set generation on new pods and
    graceful delete»"""
    body = pod("one", "registry.k8s.io/pause:3.10")
    body["metadata"]["generation"] = 100
    assert api.create(pods, body)["metadata"]["generation"] == 1
    running(api, pods, "one")
    steps: tuple[tuple[Object, int], ...] = (
        ({"metadata": {"annotations": {"key": "value"}}}, 1),
        ({"spec": {"tolerations": [{"key": "x", "operator": "Exists"}]}}, 2),
        ({"spec": {"activeDeadlineSeconds": 1000}}, 3),
    )
    for change, generation in steps:
        current = api.get(f"{pods}/one")
        if "spec" in change and "tolerations" in change["spec"]:
            change = {"spec": {"tolerations": current["spec"]["tolerations"] + change["spec"]["tolerations"]}}
        assert api.patch(f"{pods}/one", change)["metadata"]["generation"] == generation
    image = {"spec": {"containers": [{"name": "main", "image": "registry.k8s.io/pause:3.9"}]}}
    assert api.patch(f"{pods}/one", image, STRATEGIC_PATCH)["metadata"]["generation"] == 4
    until(lambda: api.get(f"{pods}/one")["status"].get("observedGeneration") == 4)
    api.patch(f"{pods}/one", {"metadata": {"finalizers": ["example.com/held"]}})
    deleted = api("DELETE", f"{pods}/one", {"gracePeriodSeconds": 1})
    assert deleted["metadata"]["generation"] == 5
    api.patch(f"{pods}/one", {"metadata": {"finalizers": None}})


@pytest.mark.parametrize(
    ("resources", "wanted"),
    (
        (
            {"requests": {"cpu": "100m", "memory": "100Mi"}, "limits": {"cpu": "100m", "memory": "100Mi"}},
            "Guaranteed",
        ),
        ({"requests": {"cpu": "100m"}}, "Burstable"),
        ({}, "BestEffort"),
    ),
)
def test_classes_of_service(api: Api, pods: str, resources: Object, wanted: str) -> None:
    """«should be set on Pods with matching resource requests and limits for memory and cpu»"""
    made = api("POST", pods, pod("one", container={"resources": resources}), dryRun="All")
    assert made["status"]["qosClass"] == wanted


def test_environment_of_services(api: Api, pods: str) -> None:
    """«should contain environment variables for services»"""
    ports = [{"port": 8765, "targetPort": 8080}]
    services = pods.replace("/pods", "/services")
    api.create(services, {"metadata": {"name": "fooservice"}, "spec": {"ports": ports}})
    ip = api.get(f"{services}/fooservice")["spec"]["clusterIP"]
    api.create(pods, pod("env", "busybox", restartPolicy="Never", container={"command": ["sh", "-c", "env"]}))
    until(lambda: api.get(f"{pods}/env")["status"]["phase"] == "Succeeded")
    lines = set(api.ask("GET", f"{pods}/env/log").text.splitlines())
    assert {
        f"FOOSERVICE_SERVICE_HOST={ip}",
        "FOOSERVICE_SERVICE_PORT=8765",
        f"FOOSERVICE_PORT=tcp://{ip}:8765",
        f"FOOSERVICE_PORT_8765_TCP=tcp://{ip}:8765",
        "FOOSERVICE_PORT_8765_TCP_PROTO=tcp",
        "FOOSERVICE_PORT_8765_TCP_PORT=8765",
        f"FOOSERVICE_PORT_8765_TCP_ADDR={ip}",
    } <= lines


def websocket(cluster: LocalCluster, api: Api, path: str, protocol: str) -> list[bytes]:
    """Every message of one connection."""
    pki = cluster.data / "pki"
    context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
    context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
    url = f"wss://127.0.0.1:{cluster.port}{path}"
    with connect(url, ssl=context, subprotocols=[protocol] if protocol else None) as socket:  # type: ignore[list-item]
        return [one if isinstance(one, bytes) else one.encode() for one in socket]


def test_commands_over_websockets(api: Api, pods: str, conformance_cluster: LocalCluster) -> None:
    """«should support remote command execution over websockets»"""
    alive = {"command": ["/bin/sh", "-c", "echo container is alive; sleep 600"]}
    api.create(pods, pod("one", "busybox", container=alive))
    running(api, pods, "one")
    query = "?stderr=1&stdout=1&container=main&command=echo&command=remote+execution+test"
    found = websocket(conformance_cluster, api, f"{pods}/one/exec{query}", "v4.channel.k8s.io")
    said = b"".join(one[1:] for one in found if one[:1] == b"\x01")
    assert said == b"remote execution test\n"
    assert json.loads(next(one[1:] for one in found if one[:1] == b"\x03"))["status"] == "Success"


def test_logs_over_websockets(api: Api, pods: str, conformance_cluster: LocalCluster) -> None:
    """«should support retrieving logs from the container over websockets»"""
    script = {"command": ["sh", "-c", "echo container is alive"]}
    api.create(pods, pod("one", "busybox", restartPolicy="Never", container=script))
    until(lambda: api.get(f"{pods}/one")["status"]["phase"] == "Succeeded")
    found = websocket(conformance_cluster, api, f"{pods}/one/log?container=main", "binary.k8s.io")
    assert b"".join(found) == b"container is alive\n"


def test_life_of_a_node(api: Api) -> None:
    """«should run through the lifecycle of a node»"""
    nodes, name = "/api/v1/nodes", unique("e2e-fake-node")
    ready = {"type": "Ready", "status": "True", "reason": "E2E", "message": "Set from e2e test"}
    body = {
        "metadata": {"name": name},
        "spec": {"unschedulable": True},
        "status": {"phase": "Running", "conditions": [ready]},
    }
    assert api.create(nodes, body)["metadata"]["name"] == name
    labels = {"metadata": {"labels": {name: "patched"}}}
    assert api.patch(f"{nodes}/{name}", labels, STRATEGIC_PATCH)["metadata"]["labels"][name] == "patched"
    assert api.names(nodes, labelSelector=f"{name}=patched") == [name]
    api.patch(f"{nodes}/{name}", {"metadata": {"labels": {name: "updated"}}}, MERGE_PATCH)
    api.delete(f"{nodes}/{name}")
    assert api.gone(f"{nodes}/{name}")


def test_two_nodes_without_taints(api: Api) -> None:
    """«should have at least two untainted nodes»"""
    free = [one for one in api.get("/api/v1/nodes")["items"] if not one["spec"].get("taints")]
    assert len(free) >= 2
