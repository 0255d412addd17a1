"""kubectl of three releases: rollouts, scaling, exposing, nodes, rights, events."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.clients.objects import SHOP
from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

OLD = "1.20"
ROLE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: watcher, namespace: %s}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, watch]}]
"""


@pytest.fixture
def shop(kubectl: Kubectl) -> Kubectl:
    kubectl("apply", "-f", "-", stdin=SHOP)
    kubectl("rollout", "status", "deployment/shop", "--timeout=40s")
    return kubectl


def image(kubectl: Kubectl) -> str:
    return kubectl.path("get", "deployment", "shop", at=".spec.template.spec.containers[0].image")


def test_a_rollout_and_back(shop: Kubectl) -> None:
    shop("set", "image", "deployment/shop", "web=nginx:1.28")
    assert "successfully rolled out" in shop("rollout", "status", "deployment/shop", "--timeout=40s")
    history = shop("rollout", "history", "deployment/shop")
    assert re.findall(r"^(\d+) ", history, re.M) == ["1", "2"]
    assert "nginx:1.27" in shop("rollout", "history", "deployment/shop", "--revision=1")
    shop("rollout", "undo", "deployment/shop")
    assert image(shop) == "nginx:1.27"
    shop("rollout", "restart", "deployment/shop")
    shop("rollout", "status", "deployment/shop", "--timeout=40s")
    shop("rollout", "undo", "deployment/shop", "--to-revision=2")
    assert image(shop) == "nginx:1.28"
    shop("rollout", "pause", "deployment/shop")
    assert "is already paused" in shop.fails("rollout", "pause", "deployment/shop")
    shop("rollout", "resume", "deployment/shop")
    shop("rollout", "status", "deployment/shop", "--timeout=40s")


NOWHERE = """
apiVersion: apps/v1
kind: %s
metadata: {name: nowhere}
spec:
  selector: {matchLabels: {app: nowhere}}
  template:
    metadata: {labels: {app: nowhere}}
    spec:
      nodeSelector: {nobody: has}
      containers: [{name: c, image: busybox, command: [sh, -c, "true && cat <file >other"]}]
"""


def test_going_back_to_the_revision_of_now_is_left_out(kubectl: Kubectl, release: str) -> None:
    """kubectl compares the text of the revision with that of the template, as its own version writes it."""
    same = "skipped rollback (current template already matches revision 1)"
    for kind in ("StatefulSet", "DaemonSet"):
        kubectl("apply", "-f", "-", stdin=NOWHERE % kind)
        name = f"{kind.lower()}/nowhere"
        until(lambda name=name: len(kubectl("rollout", "history", name).splitlines()) > 2)  # type: ignore[misc]
        told = kubectl("rollout", "undo", name, "--to-revision=1")
        assert (same if release == "1.36" else "rolled back") in told


def test_scale_and_autoscale(shop: Kubectl) -> None:
    assert "scaled" in shop("scale", "deployment/shop", "--replicas=1")
    assert "Expected replicas to be 5, was 1" in shop.fails(
        "scale", "deployment/shop", "--replicas=3", "--current-replicas=5"
    )
    shop("autoscale", "deployment", "shop", "--min=1", "--max=3", "--cpu-percent=80")
    assert shop.json("get", "hpa", "shop")["spec"]["maxReplicas"] == 3
    assert re.search(r"^shop +Deployment/shop ", shop("get", "hpa"), re.M)


def test_run_and_expose(kubectl: Kubectl) -> None:
    kubectl("run", "web", "--image=nginx", "--port=80", "--labels=app=web", "--env=A=b")
    kubectl("wait", "--for=condition=Ready", "pod/web", "--timeout=40s")
    kubectl("expose", "pod", "web", "--port=8080", "--target-port=80", "--name=front")
    assert until(lambda: kubectl.ready_endpoints("front")) == ["web"]
    kubectl("create", "deployment", "d", "--image=nginx", "--replicas=0", "--port=80")
    kubectl("expose", "deployment", "d", "--type=NodePort")
    assert kubectl.json("get", "service", "d")["spec"]["ports"][0]["nodePort"] >= 30000
    assert kubectl(
        "run", "-i", "--rm", "--restart=Never", "--image=busybox", "asked", "--quiet", "--", "cat", stdin="x"
    )


def test_events(shop: Kubectl, release: str) -> None:
    assert "ScalingReplicaSet" in shop("get", "events", "--sort-by=.metadata.creationTimestamp")
    if release != OLD:
        told = shop("events", "--for", "deployment/shop")
        assert re.search(r"Normal +ScalingReplicaSet +Deployment/shop +Scaled up replica set shop-", told)
        assert shop("events", "--types=Normal").count("Started") == 2


def test_what_somebody_may_do(kubectl: Kubectl) -> None:
    role = ROLE % kubectl.namespace
    user = f"system:serviceaccount:{kubectl.namespace}:robot"
    robot = f"--as={user}"
    kubectl("create", "serviceaccount", "robot")
    assert kubectl("auth", "can-i", "create", "pods") == "yes\n"
    assert kubectl.run("auth", "can-i", "get", "pods", robot).stdout == "no\n"
    kubectl("auth", "reconcile", "-f", "-", stdin=role)
    kubectl(
        "create", "rolebinding", "watchers", "--role=watcher", f"--serviceaccount={kubectl.namespace}:robot"
    )
    assert until(lambda: kubectl.run("auth", "can-i", "get", "pods", robot).stdout == "yes\n")
    listed = kubectl("auth", "can-i", "--list", robot)
    assert re.search(r"^pods +\[\] +\[\] +\[get watch\]", listed, re.M)
    wider = role.replace("watch]", "list]")
    assert "reconciled" in kubectl("auth", "reconcile", "-f", "-", stdin=wider)
    assert kubectl.json("get", "role", "watcher")["rules"][-1]["verbs"] != ["get", "watch"]
    told = kubectl.fails("create", "configmap", "c", robot)
    assert f'User "{user}" cannot create resource "configmaps"' in told


@pytest.fixture
def node(kubectl: Kubectl) -> Iterator[str]:
    name = kubectl.names("nodes")[-1]
    yield name
    kubectl("uncordon", name)
    kubectl.run("taint", "node", name, "key-")


def test_a_node_is_drained_and_taken_back(shop: Kubectl, node: str) -> None:
    assert "cordoned" in shop("cordon", node)
    assert "SchedulingDisabled" in shop("get", "node", node)
    shop("drain", node, "--ignore-daemonsets", "--force", "--pod-selector=app=shop", "--timeout=40s")
    shop("rollout", "status", "deployment/shop", "--timeout=40s")
    homes = {pod["spec"]["nodeName"] for pod in shop.json("get", "pods", "-l", "app=shop")["items"]
             if "deletionTimestamp" not in pod["metadata"]}  # fmt: skip
    assert node not in homes and homes
    assert "uncordoned" in shop("uncordon", node)
    assert "tainted" in shop("taint", "node", node, "key=value:NoSchedule")
    assert "already has key taint" in shop.fails("taint", "node", node, "key=other:NoSchedule")
    assert "modified" in shop("taint", "node", node, "key=other:NoSchedule", "--overwrite")
    assert "untainted" in shop("taint", "node", node, "key-")


def test_a_copy_of_a_pod_to_look_into(kubectl: Kubectl, release: str) -> None:
    command = "debug" if release != OLD else "alpha debug"
    copying = ("web", "--copy-to=copy", "--image=busybox", "--container=look", "--attach=false")
    kubectl("run", "web", "--image=nginx")
    kubectl("wait", "--for=condition=Ready", "pod/web", "--timeout=40s")
    kubectl(*command.split(), *copying, "--", "sleep", "100")
    kubectl("wait", "--for=condition=Ready", "pod/copy", "--timeout=40s")
    assert kubectl.path("get", "pod", "copy", at=".spec.containers[*].name") == "web look"
    if release != OLD:  # Its way of adding ephemeral containers is no longer served.
        kubectl("debug", "web", "--image=busybox", "--container=eph", "--", "sleep", "100")
        running = ".status.ephemeralContainerStatuses[0].state.running.startedAt"
        until(lambda: kubectl.path("get", "pod", "web", at=running))
        assert kubectl("exec", "web", "-c", "eph", "--", "echo", "inside").strip() == "inside"
