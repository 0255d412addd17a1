"""DaemonSets as the conformance tests use them.

Upstream: test/e2e/apps/{daemon_set,controller_revision}.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.api import STRATEGIC_PATCH, Api, unique
from tests.conformance.test_stateful_sets import is_ready
from tests.e2e.waiting import until

Object = dict[str, Any]
LABELS = {"daemonset-name": "daemon-set"}
OLD, NEW = "registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.9"
NODES = "/api/v1/nodes"
COLOR = "daemonset-color"


@pytest.fixture
def apps(namespace: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}"


def daemon(image: str = OLD, labels: Object | None = None, **pod: Any) -> Object:
    container = {"name": "app", "image": image}
    template = {
        "metadata": {"labels": LABELS},
        "spec": {"terminationGracePeriodSeconds": 0, "containers": [container], **pod},
    }
    spec = {"selector": {"matchLabels": LABELS}, "template": template}
    return {"metadata": {"name": "daemon-set", "labels": labels or {}}, "spec": spec}


def running(api: Api, pods: str) -> dict[str, Object]:
    """Ready pods that stay, by node."""
    items = api.get(pods, labelSelector="daemonset-name=daemon-set")["items"]
    alive = [pod for pod in items if "deletionTimestamp" not in pod["metadata"] and is_ready(pod)]
    return {pod["spec"]["nodeName"]: pod for pod in alive}


def on_all(api: Api, pods: str) -> dict[str, Object]:
    """The pods once each node has one that is ready."""
    nodes = sorted(api.names(NODES))
    until(lambda: sorted(running(api, pods)) == nodes, what="a pod on every node")
    return running(api, pods)


def image(pod: Object) -> str:
    return str(pod["spec"]["containers"][0]["image"])


def test_a_simple_daemon(api: Api, apps: str, pods: str) -> None:
    """«should run and stop simple daemon»"""
    api.create(f"{apps}/daemonsets", daemon())
    first = next(iter(on_all(api, pods).values()))["metadata"]
    api.delete(f"{pods}/{first['name']}")
    until(lambda: api.gone(f"{pods}/{first['name']}"))
    on_all(api, pods)


@pytest.fixture
def colored(api: Api) -> Iterator[str]:
    """A node whose color a test may change."""
    name = api.names(NODES)[0]
    yield f"{NODES}/{name}"
    api.patch(f"{NODES}/{name}", {"metadata": {"labels": {COLOR: None}}})


def test_a_complex_daemon(api: Api, apps: str, pods: str, colored: str) -> None:
    """«should run and stop complex daemon»"""
    path, node = f"{apps}/daemonsets/daemon-set", colored.rpartition("/")[2]
    api.create(f"{apps}/daemonsets", daemon(nodeSelector={COLOR: "blue"}))
    until(lambda: api.get(path)["status"].get("observedGeneration") == 1)
    assert running(api, pods) == {}
    api.patch(colored, {"metadata": {"labels": {COLOR: "blue"}}})
    until(lambda: list(running(api, pods)) == [node])
    api.patch(colored, {"metadata": {"labels": {COLOR: "green"}}})
    until(lambda: running(api, pods) == {})
    selector = {"template": {"spec": {"nodeSelector": {COLOR: "green"}}}}
    api.patch(path, {"spec": {**selector, "updateStrategy": {"type": "RollingUpdate"}}})
    until(lambda: list(running(api, pods)) == [node])


def test_failed_pods(api: Api, apps: str, pods: str) -> None:
    """«should retry creating failed daemon pods»"""
    api.create(f"{apps}/daemonsets", daemon())
    name = next(iter(on_all(api, pods).values()))["metadata"]["name"]
    api.patch(f"{pods}/{name}/status", {"status": {"phase": "Failed"}})
    until(lambda: api.gone(f"{pods}/{name}"))
    on_all(api, pods)


def test_a_rolling_update(api: Api, apps: str, pods: str) -> None:
    """«should update pod when spec was updated and update strategy is RollingUpdate»"""
    path = f"{apps}/daemonsets/daemon-set"
    api.create(f"{apps}/daemonsets", daemon())
    on_all(api, pods)
    first = api.get(f"{apps}/controllerrevisions")["items"][0]
    put_image(api, path, NEW)
    until(lambda: {image(pod) for pod in on_all(api, pods).values()} == {NEW})
    revisions = {r["revision"]: r for r in api.get(f"{apps}/controllerrevisions")["items"]}
    assert revisions[1]["metadata"]["name"] == first["metadata"]["name"] and sorted(revisions) == [1, 2]
    digest = revisions[2]["metadata"]["labels"]["controller-revision-hash"]
    hashes = {p["metadata"]["labels"]["controller-revision-hash"] for p in running(api, pods).values()}
    assert hashes == {digest}


def put_image(api: Api, path: str, new: str) -> None:
    body = {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": new}]}}}}
    api.patch(path, body, STRATEGIC_PATCH)


def test_a_rollback_restarts_nothing(api: Api, apps: str, pods: str) -> None:
    """«should rollback without unnecessary restarts»"""
    path = f"{apps}/daemonsets/daemon-set"
    api.create(f"{apps}/daemonsets", daemon())
    before = {pod["metadata"]["uid"] for pod in on_all(api, pods).values()}
    put_image(api, path, "foo.invalid/non-existent:1")
    until(lambda: [image(pod) for pod in api.get(pods)["items"] if "foo" in image(pod)])
    survivors = before & {pod["metadata"]["uid"] for pod in running(api, pods).values()}
    assert survivors
    put_image(api, path, OLD)
    until(lambda: {image(pod) for pod in on_all(api, pods).values()} == {OLD})
    assert survivors <= {pod["metadata"]["uid"] for pod in running(api, pods).values()}


def test_collections(api: Api, apps: str, pods: str) -> None:
    """«should list and delete a collection of DaemonSets»"""
    label = unique("collection")
    api.create(f"{apps}/daemonsets", daemon(labels={"c": label}))
    on_all(api, pods)
    assert api.names("/apis/apps/v1/daemonsets", labelSelector=f"c={label}") == ["daemon-set"]
    api.delete(f"{apps}/daemonsets", labelSelector=f"c={label}")
    until(lambda: api.names(f"{apps}/daemonsets") == [] and api.names(pods) == [])


def test_status(api: Api, apps: str, pods: str) -> None:
    """«should verify changes to a daemon set status»"""
    path = f"{apps}/daemonsets/daemon-set"
    api.create(f"{apps}/daemonsets", daemon())
    on_all(api, pods)
    until(lambda: api.get(path)["status"].get("numberAvailable") == len(api.names(NODES)))
    assert api.get(f"{path}/status")["kind"] == "DaemonSet"
    condition: Object = {
        "type": "StatusUpdate",
        "status": "True",
        "reason": "E2E",
        "message": "Set from e2e test",
    }
    condition["lastTransitionTime"] = None
    api.change(path, lambda s: s["status"].setdefault("conditions", []).append(condition), "/status")
    assert condition in api.get(path)["status"]["conditions"]
    patched = {"type": "StatusPatched", "status": "True", "lastTransitionTime": None}
    api.patch(f"{path}/status", {"status": {"conditions": [patched]}})
    assert api.get(path)["status"]["conditions"] == [patched]


def test_revisions(api: Api, apps: str, pods: str) -> None:
    """«should manage the lifecycle of a ControllerRevision»"""
    revisions = f"{apps}/controllerrevisions"
    api.create(f"{apps}/daemonsets", daemon())
    on_all(api, pods)
    [first] = api.get(revisions, labelSelector="daemonset-name=daemon-set")["items"]
    label = {"metadata": {"labels": {first["metadata"]["name"]: "patched"}}}
    assert api.patch(f"{revisions}/{first['metadata']['name']}", label)["revision"] == 1
    copied = {key: first["metadata"][key] for key in ("ownerReferences", "labels")}
    copied["labels"] = {**copied["labels"], "controller-revision-hash": "another"}
    name = f"daemon-set-{unique('copy')}"
    second = {"metadata": {"name": name, **copied}, "data": first["data"], "revision": 2}
    api.create(revisions, second)
    assert len(api.names(revisions)) == 2
    api.delete(f"{revisions}/{first['metadata']['name']}")
    until(lambda: api.names(revisions) == [name])
    api.change(f"{revisions}/{name}", lambda r: r["metadata"]["labels"].update({name: "updated"}))
    body = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 1}}}}
    api.patch(f"{apps}/daemonsets/daemon-set", body, STRATEGIC_PATCH)
    until(lambda: len(api.names(revisions)) == 2)
    api.delete(revisions, labelSelector=f"{name}=updated")
    until(lambda: [r["revision"] for r in api.get(revisions)["items"]] == [3])
