"""A cluster of simulated nodes: workloads become ready there, and use what their annotations say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.kubectl import Kubectl
from tests.e2e.local import LocalCluster
from tests.e2e.waiting import until

WORKLOADS = """
apiVersion: v1
kind: Pod
metadata: {name: prepared}
spec:
  initContainers: [{name: prepare, image: busybox, command: [sh, -c, "true"]}]
  containers: [{name: c, image: nginx}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: job}
spec:
  template:
    spec:
      restartPolicy: Never
      initContainers: [{name: shipper, image: alpine, restartPolicy: Always}]
      containers: [{name: c, image: perl}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: busy}
spec:
  selector: {matchLabels: {app: busy}}
  template:
    metadata:
      labels: {app: busy}
      annotations: {wherry.dev/usage-cpu: 400m, wherry.dev/usage-memory: 64Mi}
    spec:
      containers: [{name: c, image: nginx, resources: {requests: {cpu: 200m}}}]
"""


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory, kubectl_binary: str) -> Iterator[Kubectl]:
    with LocalCluster(tmp_path_factory.mktemp("simulated"), "--runtime=simulated", nodes=3) as cluster:
        kubectl = Kubectl(kubectl_binary, cluster.kubeconfig)
        kubectl("apply", "-f", "-", stdin=WORKLOADS)
        yield kubectl


def test_init_containers_and_jobs_end_by_themselves(simulated: Kubectl) -> None:
    simulated("wait", "--for=condition=Ready", "pod/prepared", "--timeout=30s")
    simulated("wait", "--for=condition=complete", "job/job", "--timeout=30s")


def test_top_shows_what_the_annotations_say(simulated: Kubectl) -> None:
    simulated("rollout", "status", "deployment/busy", "--timeout=30s")
    shown = until(lambda: simulated.run("top", "pods", "-l", "app=busy", "--no-headers").stdout, 60.0)
    _, cpu, memory = shown.split()
    # Between two readings the clock of the kubelet and that of the scraper differ a little.
    assert 300 <= int(cpu.removesuffix("m")) <= 500
    assert memory == "64Mi"
    nodes = until(lambda: simulated.run("top", "nodes", "--no-headers").stdout, 60.0)
    assert [line.split()[0] for line in nodes.splitlines()] == ["node-1", "node-2", "node-3"]


def test_an_autoscaler_follows_simulated_usage(simulated: Kubectl) -> None:
    simulated("autoscale", "deployment/busy", "--cpu-percent=100", "--min=1", "--max=2")
    simulated("wait", "hpa/busy", "--for=jsonpath={.status.desiredReplicas}=2", "--timeout=60s")


def test_exec_repeats_what_it_was_told(simulated: Kubectl) -> None:
    assert simulated("exec", "prepared", "--", "date", "-u") == "simulated: date -u\n"
    assert simulated("logs", "prepared") == ""


def test_nodes_are_asked_under_their_own_addresses(simulated: Kubectl) -> None:
    for node in ("node-1", "node-3"):
        path = f"/api/v1/nodes/{node}/proxy/stats/summary"
        assert f'"nodeName":"{node}"' in simulated("get", "--raw", path)
