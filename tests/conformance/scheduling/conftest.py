"""Simulated nodes with a scheduler of their own, so that where pods go is for these tests to say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.api import MERGE_PATCH, Api, unique
from tests.e2e.local import LocalCluster
from tests.e2e.waiting import until

Object = dict[str, Any]
FOO = "scheduling.k8s.io/foo"
CONFIGURATION = """
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: default-scheduler
- schedulerName: packer
  plugins:
    score: {disabled: [{name: "*"}], enabled: [{name: NodeResourcesFit}]}
  pluginConfig:
  - name: NodeResourcesFit
    args: {scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 1}]}}
"""


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    root: Path = tmp_path_factory.mktemp("scheduling")
    file = root / "scheduler.yaml"
    file.write_text(CONFIGURATION)
    options = ("--ephemeral", "--runtime=simulated", f"--scheduler-config={file}")
    with LocalCluster(root, *options, nodes=3) as found:
        yield found


@pytest.fixture(scope="session")
def api(cluster: LocalCluster) -> Iterator[Api]:
    with closing(Api(cluster)) as found:
        yield found


class Stage:
    """What a test does: pods in a namespace of its own, and changes to nodes that are undone afterwards."""

    def __init__(self, api: Api, namespace: str) -> None:
        self.api = api
        self.namespace = namespace
        self.pods = f"/api/v1/namespaces/{namespace}/pods"
        self.nodes = sorted(api.names("/api/v1/nodes"))
        self._undo: list[tuple[str, Object]] = []
        self._classes: list[str] = []

    def create(self, name: str, *, requests: Object | None = None, **spec: Any) -> Object:
        """`labels`, `ports` and any field of the spec may be given."""
        meta: Object = {"name": name, "labels": spec.pop("labels", {})}
        container: Object = {"name": "pause", "image": "registry.k8s.io/pause:3.10"}
        if requests:
            container["resources"] = {"requests": requests, "limits": requests}
        if "ports" in spec:
            container["ports"] = spec.pop("ports")
        full = {"terminationGracePeriodSeconds": 0, "containers": [container], **spec}
        made: Object = self.api.create(self.pods, {"metadata": meta, "spec": full})
        return made

    def get(self, name: str) -> Object:
        found: Object = self.api.get(f"{self.pods}/{name}")
        return found

    def placed(self, name: str) -> str:
        """The pod's node, once it has one."""
        node = until(lambda: self.get(name)["spec"].get("nodeName"), what=f"{name} to be scheduled")
        return str(node)

    def refused(self, name: str) -> str:
        """Why the pod fits nowhere."""

        def message() -> str:
            conditions = self.get(name).get("status", {}).get("conditions") or ()
            return next((c["message"] for c in conditions if c.get("reason") == "Unschedulable"), "")

        return until(message, what=f"{name} to be refused")

    def run(self, name: str, **spec: Any) -> str:
        self.create(name, **spec)
        return self.placed(name)

    def delete(self, name: str) -> None:
        self.api("DELETE", f"{self.pods}/{name}", {"gracePeriodSeconds": 0})

    def label(self, node: str, **labels: str) -> None:
        self._patch(f"/api/v1/nodes/{node}", {"metadata": {"labels": labels}})
        self._undo.append((f"/api/v1/nodes/{node}", {"metadata": {"labels": dict.fromkeys(labels)}}))

    def taint(self, node: str, **taint: str) -> None:
        self._patch(f"/api/v1/nodes/{node}", {"spec": {"taints": [taint]}})
        self._undo.append((f"/api/v1/nodes/{node}", {"spec": {"taints": None}}))

    def offer(self, amount: int, *nodes: str, resource: str = FOO) -> None:
        """Lets nodes have so much of an extended resource."""
        for node in nodes:
            path = f"/api/v1/nodes/{node}/status"
            self._patch(path, {"status": {k: {resource: str(amount)} for k in ("capacity", "allocatable")}})
            gone = {"status": {k: {resource: None} for k in ("capacity", "allocatable")}}
            self._undo.append((path, gone))

    def priority(self, name: str, value: int, **more: Any) -> str:
        path, full = "/apis/scheduling.k8s.io/v1/priorityclasses", unique(name)
        self.api.create(path, {"metadata": {"name": full}, "value": value, **more})
        self._classes.append(f"{path}/{full}")
        return full

    def _patch(self, path: str, change: Object) -> None:
        self.api("PATCH", path, change, content_type=MERGE_PATCH)

    def clear(self) -> None:
        """Controllers may take pods away meanwhile."""
        for name in self.api.names(self.pods):
            self.api.ask("DELETE", f"{self.pods}/{name}", {"gracePeriodSeconds": 0})
        for path, change in self._undo:
            self._patch(path, change)
        for path in self._classes:
            self.api.delete(path)


@pytest.fixture
def stage(api: Api) -> Iterator[Stage]:
    namespace = unique("sched")
    api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    account = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    until(lambda: "default" in api.names(account), what="the service account")
    found = Stage(api, namespace)
    yield found
    found.clear()
    api.delete(f"/api/v1/namespaces/{namespace}")
