"""A cluster that is stopped and started again has what it had."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.e2e.kubectl import Kubectl
from tests.e2e.local import LocalCluster
from tests.e2e.waiting import until


@pytest.fixture
def own(tmp_path: Any, kubectl_binary: str) -> Iterator[tuple[LocalCluster, Kubectl]]:
    cluster = LocalCluster(tmp_path, nodes=1)
    cluster.start()
    yield cluster, Kubectl(kubectl_binary, cluster.kubeconfig)
    if cluster.up:
        cluster.stop()


def processes_of(cluster: LocalCluster) -> list[str]:
    """Command lines on this machine that name the cluster's data directory."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(cluster.data) in line:
            found.append(line)
    return found


CLAIMED = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
---
apiVersion: v1
kind: Pod
metadata: {name: writer}
spec:
  containers:
  - name: main
    image: busybox
    command: [sh, -c, "echo started >> /data/log; sleep 1000"]
    volumeMounts: [{name: data, mountPath: /data}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
"""
"""A pod that notes each of its starts on a volume of the default class."""


def test_objects_and_pods_come_back(own: tuple[LocalCluster, Kubectl], manifests: Path) -> None:
    cluster, kubectl = own
    kubectl("apply", "-f", "-", stdin=CLAIMED)
    kubectl("wait", "pod", "writer", "--for=condition=Ready", "--timeout=30s")
    kubectl("apply", "-f", str(manifests / "demo"))
    kubectl("rollout", "status", "deployment/demo", "--timeout=30s")
    before = kubectl.json("get", "service", "demo")
    cluster.stop()
    cluster.start()
    assert kubectl.json("get", "service", "demo") == before
    kubectl("wait", "pod", "-l", "app=demo", "--for=condition=Ready", "--timeout=30s")
    kubectl("rollout", "status", "deployment/demo", "--timeout=30s")
    read = ("exec", "writer", "--", "cat", "/data/log")
    until(lambda: kubectl.run(*read).stdout == "started\nstarted\n", what="the second start")
    assert "deployment.apps/demo unchanged" in kubectl("apply", "-f", str(manifests / "demo"))


def test_down_leaves_no_process(own: tuple[LocalCluster, Kubectl], manifests: Path) -> None:
    cluster, kubectl = own
    kubectl("apply", "-f", str(manifests / "demo"))
    kubectl("rollout", "status", "deployment/demo", "--timeout=30s")
    assert processes_of(cluster)
    cluster.stop()
    assert processes_of(cluster) == []
