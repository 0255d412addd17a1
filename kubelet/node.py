"""The Node object: registration, status, Lease. Source: kubelet's node status and heartbeats (KEP-589)."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
from pathlib import Path
from typing import Any

from ..apimachinery.clock import Clock, rfc3339, rfc3339_micro
from ..apimachinery.errors import StatusError, is_reason
from ..client.client import Client
from ..client.errors import Unreachable
from ..client.resources import LEASES, NODES
from .node_events import NodeEvents
from .node_resources import to_grant

Object = dict[str, Any]
LEASE_NAMESPACE = "kube-node-lease"
REPORT_SECONDS = 300.0
KUBELET_VERSION = "v1.36.2+wherry"
FEATURES = ("RestartAllContainersOnContainerExits",)
"""Of those that pods may need a node to declare."""
log = logging.getLogger(__name__)

CONDITIONS = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


class NodeFacts:
    """What one node says about itself."""

    def __init__(
        self, name: str, ip: str, port: int, *, cpu: str, memory: str, pods: int, labels: dict[str, str],
        taints: list[dict[str, str]], runtime: str, pod_cidr: str = ""
    ) -> None:  # fmt: skip
        self.name = name
        self.ip = ip
        self.port = port
        self.cpu = cpu or str(os.cpu_count() or 1)
        self.memory = memory or f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') // 1024}Ki"
        self.pods = pods
        self.labels = labels
        self.taints = taints
        self.runtime = runtime
        self.pod_cidr = pod_cidr


class NodeAgent:
    """Keeps one Node and its Lease up to date. `problem` is empty while the runtime is well."""

    def __init__(
        self,
        client: Client,
        facts: NodeFacts,
        clock: Clock,
        *,
        lease: float,
        renew: float,
        lane: asyncio.Semaphore | None = None,
        events: NodeEvents | None = None,
    ) -> None:
        """`lease` and `renew` are seconds. Agents that share a `lane` renew no more at once than it lets
        through. Without `events` nothing is told."""
        self._client = client
        self._facts = facts
        self._clock = clock
        self._lease_seconds = lease
        self._renew = renew
        self._lane = lane or asyncio.Semaphore(1)
        self._events = events
        self._last_report = float("-inf")
        self._reported: list[Object] = []
        self._lease: Object | None = None
        self.problem = ""
        self.node: Object | None = None
        self.images: list[Object] = []

    async def register(self) -> Object:
        """The Node, created or found; returns only when there is one."""
        while True:
            try:
                self.node = await self._create()
                self._last_report = self._clock.monotonic()
                if self._events is not None:
                    self._events.starting()
                    self._events.conditions(self._reported)
                return self.node
            except StatusError as error:
                log.warning("node %s: %s", self._facts.name, error)
            except Unreachable as error:
                log.info("node %s: %s", self._facts.name, error)
            await self._clock.sleep(0.2)

    async def _create(self) -> Object:
        facts = self._facts
        node: Object = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": facts.name, "labels": self._labels()},
            "spec": {
                **({"taints": facts.taints} if facts.taints else {}),
                **({"podCIDR": facts.pod_cidr, "podCIDRs": [facts.pod_cidr]} if facts.pod_cidr else {}),
            },
            "status": self.status([]),
        }
        try:
            return await self._client.create(NODES, node)
        except StatusError as error:
            if not is_reason(error, "AlreadyExists"):
                raise
        found = await self._client.get(NODES, facts.name)
        patch: Object = {"status": self.status((found.get("status") or {}).get("conditions") or [])}
        missing = {k: v for k, v in self._labels().items() if found["metadata"].get("labels", {}).get(k) != v}
        if missing:
            await self._client.patch(NODES, facts.name, {"metadata": {"labels": missing}}, kind="strategic")
        return await self._client.patch(NODES, facts.name, patch, kind="strategic", subresource="status")

    def _labels(self) -> dict[str, str]:
        arch = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        usual = {"hostname": self._facts.name, "os": "linux", "arch": arch}
        found = {f"kubernetes.io/{key}": value for key, value in usual.items()}
        found |= {"beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": arch}
        return found | self._facts.labels

    def status(self, old: list[Object]) -> Object:
        """core/v1 NodeStatus; transition times of unchanged conditions stay."""
        now = rfc3339(self._clock.now())
        before = {c["type"]: c for c in old}
        conditions = []
        for kind, value, reason, message in CONDITIONS:
            if kind == "Ready" and self.problem:
                value, reason, message = "False", "KubeletNotReady", self.problem
            known = before.get(kind)
            same = known is not None and known["status"] == value
            since = known["lastTransitionTime"] if same and known else now
            conditions.append(
                {"type": kind, "status": value, "lastHeartbeatTime": now, "lastTransitionTime": since,
                 "reason": reason, "message": message}
            )  # fmt: skip
        self._reported = conditions
        facts = self._facts
        capacity = {"cpu": facts.cpu, "memory": facts.memory, "pods": str(facts.pods)}
        capacity |= {"ephemeral-storage": "100Gi", "hugepages-1Gi": "0", "hugepages-2Mi": "0"}
        return {
            "addresses": [
                {"type": "InternalIP", "address": facts.ip},
                {"type": "Hostname", "address": facts.name},
            ],
            "allocatable": capacity,
            "capacity": capacity,
            "conditions": conditions,
            "declaredFeatures": list(FEATURES),
            "daemonEndpoints": {"kubeletEndpoint": {"Port": facts.port}},
            "images": self.images,
            "nodeInfo": _node_info(facts),
        }

    async def run(self) -> None:
        """Heartbeats until cancelled: the Lease often, the status when it changed or five minutes have
        passed."""
        while True:
            async with self._lane:
                await self._once(self._renew_lease())
            changed = self.problem != self._last_problem()
            if changed or self._clock.monotonic() - self._last_report >= REPORT_SECONDS:
                await self._once(self._post_status())
            await self._clock.sleep(self._renew)

    def _last_problem(self) -> str:
        ready = next((c for c in self._reported if c["type"] == "Ready"), None)
        return "" if ready is None or ready["status"] == "True" else str(ready["message"])

    async def _once(self, write: Any) -> None:
        try:
            await write
        except StatusError as error:
            log.warning("node %s: %s", self._facts.name, error)
        except Unreachable as error:
            log.info("node %s: %s", self._facts.name, error)

    async def _post_status(self) -> None:
        patch = {"status": self.status(self._reported)}
        try:
            self.node = await self._client.patch(
                NODES, self._facts.name, patch, kind="strategic", subresource="status"
            )
        except StatusError as error:
            if not is_reason(error, "NotFound"):
                raise
            self.node = await self._create()
        self._last_report = self._clock.monotonic()
        if self._events is not None:
            self._events.conditions(self._reported)

    async def grant(self, node: Object) -> None:
        """Follows what others advertise on `node`, as it was heard of."""
        allocatable = to_grant(node.get("status") or {})
        if allocatable:
            patch = {"status": {"allocatable": allocatable}}
            await self._once(self._client.patch(NODES, self._facts.name, patch, subresource="status"))

    async def report_now(self) -> None:
        """Posts the status at once, for example when the runtime broke or the Node was taken for dead."""
        await self._once(self._post_status())

    async def _renew_lease(self) -> None:
        now = rfc3339_micro(self._clock.now())
        try:
            if self._lease is None:
                self._lease = await self._take_lease(now)
                return
            lease = {**self._lease, "spec": {**self._lease["spec"], "renewTime": now}}
            self._lease = await self._client.update(LEASES, lease)
        except StatusError:
            self._lease = None
            raise

    async def _take_lease(self, now: str) -> Object:
        """Most often there is none: thousands of nodes that start at once do not ask first."""
        name = self._facts.name
        spec = {"holderIdentity": name, "leaseDurationSeconds": int(self._lease_seconds), "renewTime": now}
        owners = []
        if self.node is not None:
            uid = self.node["metadata"]["uid"]
            owners = [{"apiVersion": "v1", "kind": "Node", "name": name, "uid": uid}]
        meta = {"name": name, "namespace": LEASE_NAMESPACE, "ownerReferences": owners}
        lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": meta, "spec": spec}
        try:
            return await self._client.create(LEASES, lease)
        except StatusError as error:
            if not is_reason(error, "AlreadyExists"):
                raise
        found = await self._client.get(LEASES, name, LEASE_NAMESPACE)
        return await self._client.update(LEASES, {**found, "spec": {**found["spec"], **spec}})


def _node_info(facts: NodeFacts) -> Object:
    def read(path: str) -> str:
        file = Path(path)
        return file.read_text().strip() if file.exists() else ""

    names = dict(line.split("=", 1) for line in read("/etc/os-release").splitlines() if "=" in line)
    machine = read("/etc/machine-id")
    return {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
        "bootID": read("/proc/sys/kernel/random/boot_id"),
        "containerRuntimeVersion": facts.runtime,
        "kernelVersion": platform.release(),
        "kubeProxyVersion": "",
        "kubeletVersion": KUBELET_VERSION,
        "machineID": machine,
        "operatingSystem": "linux",
        "osImage": names.get("PRETTY_NAME", "Linux").strip('"'),
        "systemUUID": machine,
    }
