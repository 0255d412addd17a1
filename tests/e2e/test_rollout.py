"""Line 3: scale and rollout."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

OLD, NEW = "cloudnatived/demo:hello", "cloudnatived/demo:goodbye"
REVISION = r".metadata.annotations.deployment\.kubernetes\.io/revision"


def manifest(**spec: Any) -> str:
    return json.dumps(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "demo", "labels": {"app": "demo"}},
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": {"app": "demo"}},
                "template": {
                    "metadata": {"labels": {"app": "demo"}},
                    "spec": {
                        "containers": [{"name": "demo", "image": OLD, "ports": [{"containerPort": 8888}]}]
                    },
                },
                **spec,
            },
        }
    )


def roll_out(kubectl: Kubectl, **spec: Any) -> None:
    kubectl("apply", "-f", "-", stdin=manifest(**spec))
    kubectl("rollout", "status", "deployment/demo", "--timeout=45s")


@pytest.fixture
def demo(kubectl: Kubectl) -> Kubectl:
    roll_out(kubectl)
    return kubectl


def images(kubectl: Kubectl) -> set[str]:
    return set(kubectl.path("get", "pod", at=".items[*].spec.containers[0].image").split())


def replica_sets(kubectl: Kubectl) -> dict[str, int]:
    """Wanted replicas by image."""
    items = kubectl.json("get", "replicaset")["items"]
    return {rs["spec"]["template"]["spec"]["containers"][0]["image"]: rs["spec"]["replicas"] for rs in items}


def test_scale_up_and_down(demo: Kubectl) -> None:
    assert demo("scale", "deployment/demo", "--replicas=4").strip() == "deployment.apps/demo scaled"
    demo("wait", "deployment/demo", "--for=jsonpath={.status.readyReplicas}=4", "--timeout=30s")
    assert len(demo.names("pod")) == 4
    demo("scale", "deployment/demo", "--replicas=1", "--current-replicas=4")
    demo("wait", "deployment/demo", "--for=jsonpath={.status.replicas}=1", "--timeout=30s")
    until(lambda: len(demo.names("pod")) == 1, 45, "one pod")
    assert "Expected replicas to be 9, was 1" in demo.fails(
        "scale", "deployment/demo", "--replicas=2", "--current-replicas=9"
    )


def test_pods_and_replica_set_carry_the_template_hash(demo: Kubectl) -> None:
    (replica_set,) = demo.json("get", "replicaset")["items"]
    label = replica_set["metadata"]["labels"]["pod-template-hash"]
    assert replica_set["metadata"]["name"] == f"demo-{label}"
    assert replica_set["spec"]["selector"]["matchLabels"]["pod-template-hash"] == label
    assert len(demo.names("pod", "-l", f"pod-template-hash={label}")) == 2


def test_rollout_moves_to_the_new_template_and_keeps_the_old_replica_set(demo: Kubectl) -> None:
    demo("set", "image", "deployment/demo", f"demo={NEW}")
    said = demo("rollout", "status", "deployment/demo", "--timeout=45s")
    assert 'deployment "demo" successfully rolled out' in said
    assert replica_sets(demo) == {OLD: 0, NEW: 2}
    assert demo.path("get", "deployment", "demo", at=REVISION) == "2"
    until(lambda: images(demo) == {NEW}, 45, "only new pods")


def test_history_undo_and_change_cause(demo: Kubectl) -> None:
    demo("annotate", "deployment", "demo", "kubernetes.io/change-cause=first")
    demo("set", "image", "deployment/demo", f"demo={NEW}")
    demo("annotate", "deployment", "demo", "kubernetes.io/change-cause=second", "--overwrite")
    demo("rollout", "status", "deployment/demo", "--timeout=45s")
    history = [line.split() for line in until(lambda: causes(demo, "second")).splitlines()[2:] if line]
    assert history == [["1", "first"], ["2", "second"]]
    assert f"Image:\t{OLD}" in demo("rollout", "history", "deployment/demo", "--revision=1")
    assert demo("rollout", "undo", "deployment/demo").strip() == "deployment.apps/demo rolled back"
    demo("rollout", "status", "deployment/demo", "--timeout=45s")
    assert replica_sets(demo) == {OLD: 2, NEW: 0}
    assert demo.path("get", "deployment", "demo", at=REVISION) == "3"
    demo("rollout", "undo", "deployment/demo", "--to-revision=2")
    demo("rollout", "status", "deployment/demo", "--timeout=45s")
    assert replica_sets(demo) == {OLD: 0, NEW: 2}
    assert "unable to find specified revision 99" in demo.fails(
        "rollout", "undo", "deployment/demo", "--to-revision=99"
    )


OTHERS = """
apiVersion: apps/v1
kind: %s
metadata: {name: other}
spec:
  selector: {matchLabels: {app: other}}
  template:
    metadata: {labels: {app: other}}
    spec:
      terminationGracePeriodSeconds: 0
      nodeSelector: {kubernetes.io/hostname: node-1}
      containers: [{name: c, image: "registry.k8s.io/pause:3.8"}]
"""


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_sets_go_back_to_a_revision(kubectl: Kubectl, kind: str) -> None:
    kubectl("apply", "-f", "-", stdin=OTHERS % kind)
    name = f"{kind.lower()}/other"
    for image in ("pause:3.9", "pause:3.10"):
        kubectl("rollout", "status", name, "--timeout=45s")
        kubectl("set", "image", name, f"c=registry.k8s.io/{image}")
    kubectl("rollout", "status", name, "--timeout=45s")
    assert kubectl("rollout", "undo", name, "--to-revision=1").strip().endswith("rolled back")
    kubectl("rollout", "status", name, "--timeout=45s")
    assert images(kubectl) == {"registry.k8s.io/pause:3.8"}
    history = [line.split()[0] for line in kubectl("rollout", "history", name).splitlines()[2:] if line]
    assert history == ["2", "3", "4"]


def causes(kubectl: Kubectl, wanted: str) -> str:
    text = kubectl("rollout", "history", "deployment/demo")
    return text if wanted in text else ""


def test_restart_replaces_every_pod(demo: Kubectl) -> None:
    before = set(demo.names("pod"))
    assert demo("rollout", "restart", "deployment/demo").strip() == "deployment.apps/demo restarted"
    demo("rollout", "status", "deployment/demo", "--timeout=45s")
    until(lambda: not before & set(demo.names("pod")), 45, "new pods only")


def test_pause_holds_the_rollout_until_resume(demo: Kubectl) -> None:
    demo("rollout", "pause", "deployment/demo")
    demo("set", "image", "deployment/demo", f"demo={NEW}")
    paused = ".status.conditions[?(@.type=='Progressing')].reason"
    until(
        lambda: demo.path("get", "deployment", "demo", at=paused) == "DeploymentPaused",
        what="the pause is noted",
    )
    observed = demo.path("get", "deployment", "demo", at=".metadata.generation")
    demo(
        "wait",
        "deployment/demo",
        f"--for=jsonpath={{.status.observedGeneration}}={observed}",
        "--timeout=20s",
    )
    assert replica_sets(demo) == {OLD: 2}
    demo("rollout", "resume", "deployment/demo")
    demo("rollout", "status", "deployment/demo", "--timeout=45s")
    assert replica_sets(demo) == {OLD: 0, NEW: 2}


def test_surge_and_unavailable_bound_a_rollout(kubectl: Kubectl) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    roll_out(kubectl, replicas=3, strategy=strategy, minReadySeconds=1)
    kubectl("set", "image", "deployment/demo", f"demo={NEW}")
    seen: list[tuple[int, int]] = []

    def finished() -> bool:
        status = kubectl.json("get", "deployment", "demo")
        found = status["status"]
        wanted = sum(replica_sets(kubectl).values())
        seen.append((wanted, found.get("availableReplicas", 0)))
        current = found.get("observedGeneration") == status["metadata"]["generation"]
        return bool(current and found.get("updatedReplicas") == 3 and found.get("replicas") == 3)

    until(finished, 60, "the rollout")
    assert max(total for total, _ in seen) == 4
    assert min(available for _, available in seen) >= 3


def test_recreate_ends_every_old_pod_first(kubectl: Kubectl) -> None:
    roll_out(kubectl, strategy={"type": "Recreate"})
    kubectl("set", "image", "deployment/demo", f"demo={NEW}")
    both = False

    def finished() -> bool:
        nonlocal both
        both = both or len(images(kubectl)) > 1
        return images(kubectl) == {NEW}

    until(finished, 60, "new pods")
    kubectl("rollout", "status", "deployment/demo", "--timeout=45s")
    assert not both


def test_history_limit_removes_old_replica_sets(kubectl: Kubectl) -> None:
    roll_out(kubectl, revisionHistoryLimit=1)
    for tag in ("2", "3"):
        kubectl("set", "image", "deployment/demo", f"demo=cloudnatived/demo:{tag}")
        kubectl("rollout", "status", "deployment/demo", "--timeout=45s")
    until(lambda: len(kubectl.names("replicaset")) == 2, 30, "one old replica set")
    assert set(replica_sets(kubectl)) == {"cloudnatived/demo:2", "cloudnatived/demo:3"}


NEVER_READY = {
    "readinessProbe": {"exec": {"command": ["false"]}, "periodSeconds": 1},
}


def test_progress_deadline_fails_a_stuck_rollout(kubectl: Kubectl) -> None:
    container = {"name": "demo", "image": OLD, **NEVER_READY}
    template = {"metadata": {"labels": {"app": "demo"}}, "spec": {"containers": [container]}}
    kubectl("apply", "-f", "-", stdin=manifest(progressDeadlineSeconds=3, template=template))
    said = kubectl.fails("rollout", "status", "deployment/demo", "--timeout=45s")
    assert 'error: deployment "demo" exceeded its progress deadline' in said
    reason = ".status.conditions[?(@.type=='Progressing')].reason"
    assert kubectl.path("get", "deployment", "demo", at=reason) == "ProgressDeadlineExceeded"


def test_a_changed_selector_is_refused(demo: Kubectl) -> None:
    said = demo.fails(
        "patch", "deployment", "demo", "-p", '{"spec":{"selector":{"matchLabels":{"app":"other"}}}}'
    )
    assert "field is immutable" in said or "`selector` does not match template `labels`" in said


def test_replicas_spread_over_both_nodes(kubectl: Kubectl) -> None:
    roll_out(kubectl, replicas=4)
    nodes = kubectl.path("get", "pod", at=".items[*].spec.nodeName").split()
    assert sorted(set(nodes)) == ["node-1", "node-2"]


def test_a_pod_that_fits_nowhere_says_why(kubectl: Kubectl) -> None:
    kubectl("run", "big", "--image=nginx", '--overrides={"spec":{"nodeSelector":{"disk":"gold"}}}')
    said = until(lambda: kubectl("get", "events", "--field-selector=reason=FailedScheduling", "--no-headers"))
    assert "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector" in said
    assert kubectl.path("get", "pod", "big", at=".status.phase") == "Pending"
