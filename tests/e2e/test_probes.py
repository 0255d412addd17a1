"""Line 6: probes, restarts with back-off, and the death of a node."""

from __future__ import annotations

import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from typing import Any

import psutil
import pytest

from tests.e2e.conftest import namespaced
from tests.e2e.kubectl import Kubectl
from tests.e2e.local import LocalCluster
from tests.e2e.waiting import until

RESTARTS = ".status.containerStatuses[0].restartCount"
LIVENESS = """
apiVersion: v1
kind: Pod
metadata: {name: demo}
spec:
  containers:
  - name: demo
    image: cloudnatived/demo:hello
    ports: [{containerPort: 8888}]
    livenessProbe:
      httpGet: {path: /healthz, port: 8888}
      initialDelaySeconds: 3
      periodSeconds: 3
  terminationGracePeriodSeconds: 1
"""
READINESS = """
apiVersion: v1
kind: Pod
metadata: {name: ready, labels: {app: ready}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: busybox
    command: [sh, -c, "touch $HOME/ok-$HOSTNAME; exec sleep 1000"]
    ports: [{containerPort: 80}]
    readinessProbe:
      exec: {command: [sh, -c, "test -e $HOME/ok-$HOSTNAME"]}
      periodSeconds: 1
      failureThreshold: 1
---
apiVersion: v1
kind: Service
metadata: {name: ready}
spec: {selector: {app: ready}, ports: [{port: 80}]}
"""
ELSEWHERE = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: web, image: nginx}]
      tolerations:
      - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 5}
      - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 5}
"""


def restarts(kubectl: Kubectl, pod: str) -> int:
    return int(kubectl.path("get", "pod", pod, at=RESTARTS) or 0)


def status(kubectl: Kubectl, pod: str) -> str:
    """The STATUS column."""
    return kubectl("get", "pod", pod, "--no-headers").split()[2]


def test_a_deadlocked_process_is_restarted_and_events_say_why(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=LIVENESS)
    kubectl("wait", "--for=condition=Ready", "pod/demo", "--timeout=30s")
    address = kubectl.path("get", "pod", "demo", at=".status.podIP")
    until(lambda: deadlock(f"http://{address}:8888/deadlock"), what="the deadlock")
    until(lambda: restarts(kubectl, "demo") == 1, 45, "one restart")
    kubectl("wait", "--for=condition=Ready", "pod/demo", "--timeout=30s")
    assert kubectl("get", "pod", "demo", "--no-headers").split()[3] == "1"
    events = until(lambda: with_reasons(kubectl, "Unhealthy", "Killing"), what="both events")
    assert "Liveness probe failed: " in events
    assert "Container demo failed liveness probe, will be restarted" in events


def deadlock(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=1).read()
    except TimeoutError:
        return True
    except (urllib.error.URLError, OSError):
        return False
    return True


def with_reasons(kubectl: Kubectl, *reasons: str) -> str:
    text = kubectl("get", "events", "-o", "custom-columns=R:.reason,M:.message")
    return text if all(reason in text for reason in reasons) else ""


def test_readiness_takes_a_pod_out_of_the_service_and_back(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=READINESS)
    until(lambda: kubectl.ready_endpoints("ready") == ["ready"], what="the endpoint")
    kubectl("exec", "ready", "--", "sh", "-c", "rm $HOME/ok-$HOSTNAME")
    until(lambda: kubectl.ready_endpoints("ready") == [], 6, "no ready endpoint")
    assert kubectl("get", "pod", "ready", "--no-headers").split()[1] == "0/1"
    kubectl("exec", "ready", "--", "sh", "-c", "touch $HOME/ok-$HOSTNAME")
    until(lambda: kubectl.ready_endpoints("ready") == ["ready"], 6, "the endpoint again")
    assert restarts(kubectl, "ready") == 0
    assert "Readiness probe failed" in with_reasons(kubectl, "Unhealthy")
    kubectl("exec", "ready", "--", "sh", "-c", "rm $HOME/ok-$HOSTNAME")


def process_of(pod: str, program: str) -> int:
    """The pid, on this machine, of a program that runs in a pod."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if any(program in word for word in words) and environment(process).get("HOSTNAME") == pod:
            return int(process.pid)
    return 0


def environment(process: psutil.Process) -> dict[str, str]:
    try:
        return dict(process.environ())
    except psutil.Error:
        return {}


def test_a_killed_process_is_restarted_with_back_off(kubectl: Kubectl) -> None:
    kubectl("run", "victim", "--image=busybox", "--", "sleep", "98765")
    for kills in (1, 2):
        kubectl("wait", "--for=condition=Ready", "pod/victim", "--timeout=40s")
        os.kill(until(lambda: process_of("victim", "98765"), what="the process"), signal.SIGKILL)
        if kills == 1:
            until(lambda: restarts(kubectl, "victim") == 1, 30, "a restart")
    until(lambda: status(kubectl, "victim") == "CrashLoopBackOff", 30, "CrashLoopBackOff")
    ended = ".status.containerStatuses[0].lastState.terminated"
    assert kubectl.path("get", "pod", "victim", at=f"{ended}.exitCode") == "137"
    waiting = ".status.containerStatuses[0].state.waiting.message"
    assert kubectl.path("get", "pod", "victim", at=waiting).startswith(
        "back-off 10s restarting failed container=victim"
    )
    assert "Back-off restarting failed container" in until(lambda: with_reasons(kubectl, "BackOff"))


def shows(kubectl: Kubectl, pod: str, shown: str) -> bool:
    return status(kubectl, pod) == shown


def test_restart_policies_decide_what_an_end_means(kubectl: Kubectl) -> None:
    kubectl("run", "good", "--image=busybox", "--restart=Never", "--", "true")
    kubectl("run", "bad", "--image=busybox", "--restart=Never", "--", "sh", "-c", "exit 3")
    kubectl("run", "again", "--image=busybox", "--restart=OnFailure", "--", "true")
    for pod, shown in (("good", "Completed"), ("bad", "Error"), ("again", "Completed")):
        until(partial(shows, kubectl, pod, shown), what=f"{pod} is {shown}")
        assert restarts(kubectl, pod) == 0


def test_a_startup_probe_holds_the_others_back(kubectl: Kubectl) -> None:
    manifest = LIVENESS.replace(
        "livenessProbe:", "startupProbe: {tcpSocket: {port: 8888}, periodSeconds: 1}\n    livenessProbe:"
    )
    kubectl("apply", "-f", "-", stdin=manifest)
    started = ".status.containerStatuses[0].started"
    until(lambda: kubectl.path("get", "pod", "demo", at=started) == "true", what="started")
    kubectl("wait", "--for=condition=Ready", "pod/demo", "--timeout=30s")


def test_an_image_that_cannot_be_pulled_shows_upstreams_reasons(kubectl: Kubectl) -> None:
    kubectl(
        "run",
        "nothing",
        "--image=fine",
        '--overrides={"spec":{"containers":[{"name":"c","image":"NO//name"}]}}',
    )
    until(lambda: status(kubectl, "nothing") == "InvalidImageName", what="InvalidImageName")


def with_container(**container: Any) -> str:
    """`kubectl run --overrides` for a container of its own."""
    return "--overrides=" + json.dumps({"spec": {"containers": [{"name": "c", **container}]}})


def test_a_container_over_its_memory_limit_is_oom_killed(kubectl: Kubectl) -> None:
    # It keeps what it took: the kubelet looks once a second.
    program = "import time; x = [bytearray(1000000) for _ in range(500)]; time.sleep(60)"
    hungry = ["python3", "-c", program]
    limits = {"limits": {"memory": "50Mi"}}
    overrides = with_container(image="python", command=hungry, resources=limits)
    kubectl("run", "hungry", "--image=python", "--restart=Never", overrides)
    until(partial(shows, kubectl, "hungry", "OOMKilled"), what="OOMKilled")


def test_a_missing_configmap_holds_the_container_until_it_comes(kubectl: Kubectl) -> None:
    source = [{"configMapRef": {"name": "late"}}]
    overrides = with_container(
        image="busybox", envFrom=source, command=["sh", "-c", "echo $WORD; exec sleep 1000"]
    )
    kubectl("run", "early", "--image=busybox", overrides)
    until(partial(shows, kubectl, "early", "CreateContainerConfigError"), what="CreateContainerConfigError")
    assert 'Error: configmap "late" not found' in until(lambda: with_reasons(kubectl, "Failed"))
    kubectl("create", "configmap", "late", "--from-literal=WORD=hello")
    kubectl("wait", "--for=condition=Ready", "pod/early", "--timeout=40s")
    until(lambda: kubectl("logs", "early") == "hello\n", what="the word")


@pytest.fixture(scope="module")
def fast(
    tmp_path_factory: pytest.TempPathFactory, kubectl_binary: str
) -> Iterator[tuple[LocalCluster, Kubectl]]:
    """Three nodes whose clocks run four times as fast."""
    with LocalCluster(tmp_path_factory.mktemp("fast"), "--time-scale=4", nodes=3) as cluster:
        yield cluster, Kubectl(kubectl_binary, cluster.kubeconfig)


def test_a_dead_nodes_pods_are_replaced_elsewhere(fast: tuple[LocalCluster, Kubectl]) -> None:
    cluster, admin = fast
    with namespaced(admin, "node-death") as kubectl:
        kubectl("apply", "-f", "-", stdin=ELSEWHERE)
        kubectl("rollout", "status", "deployment/web", "--timeout=30s")
        lost = kubectl.names("pod", "--field-selector=spec.nodeName=node-3")
        assert lost
        cluster.kill("kubelet-node-3")
        kubectl("wait", "node/node-3", "--for=condition=Ready=Unknown", "--timeout=60s")
        assert kubectl("get", "node", "node-3", "--no-headers").split()[1] == "NotReady"
        until(lambda: available(kubectl) == 4, 60, "four available replicas")
        running = kubectl.names("pod", "--field-selector=status.phase=Running,spec.nodeName!=node-3")
        assert len(running) == 4 and not set(lost) & set(running)
        keys = kubectl.path("get", "node", "node-3", at=".spec.taints[*].key").split()
        assert "node.kubernetes.io/unreachable" in keys


def available(kubectl: Kubectl) -> int:
    elsewhere = kubectl.json("get", "pod", "--field-selector=spec.nodeName!=node-3")["items"]
    ready = [
        pod
        for pod in elsewhere
        if any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))
    ]
    return len(ready)
