"""`kubectl top`, and an autoscaler that follows what pods really use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.kubectl import Kubectl
from tests.e2e.local import LocalCluster
from tests.e2e.waiting import until

BUSY = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: busy}
spec:
  selector: {matchLabels: {app: busy}}
  template:
    metadata: {labels: {app: busy}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - name: c
        image: busybox
        command: [sh, -c, "while true; do i=0; while [ $i -lt 9000 ]; do i=$((i+1)); done; sleep 0.2; done"]
        resources: {requests: {cpu: 10m}}
"""


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory, kubectl_binary: str) -> Iterator[Kubectl]:
    """Of a cluster whose readings and looks at them, 15 seconds apart each, come five times as often."""
    with LocalCluster(tmp_path_factory.mktemp("metrics"), "--time-scale=5", nodes=1) as cluster:
        yield Kubectl(kubectl_binary, cluster.kubeconfig)


def test_top_shows_nodes_and_pods(kubectl: Kubectl) -> None:
    kubectl("create", "deployment", "web", "--image=nginx")
    kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    assert "node-1" in until(lambda: kubectl.run("top", "nodes").stdout, what="usage of nodes")
    shown = until(lambda: kubectl.run("top", "pods", "-l", "app=web", "--no-headers").stdout, 60)
    name, cpu, memory = shown.split()
    assert name.startswith("web-")
    assert cpu.endswith("m")
    assert memory.endswith("Mi")


def test_a_busy_deployment_is_given_more_replicas(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=BUSY)
    kubectl("autoscale", "deployment/busy", "--cpu-percent=50", "--min=1", "--max=2")
    kubectl("wait", "hpa/busy", "--for=jsonpath={.status.desiredReplicas}=2", "--timeout=90s")
    assert kubectl.json("get", "deployment", "busy")["spec"]["replicas"] == 2
