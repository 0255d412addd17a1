"""The kubelet process: one node with a runtime of its own, or many simulated ones."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from typing import Any

import aiohttp

from ..apimachinery.clock import Clock
from ..client import health
from ..client.client import Client
from ..client.config import ClientConfig
from ..client.events import EventRecorder
from ..client.informer import Informer
from ..client.resources import NODES, PODS, SERVICES
from ..client.tasks import Tasks
from ..client.watch import DELETED
from . import csi_node
from .addresses import PodAddresses
from .env.resolve import EnvironmentResolver
from .images import catalogue
from .images.puller import Puller
from .node import NodeAgent, NodeFacts
from .node_events import NodeEvents
from .node_resources import to_grant
from .objects import ObjectStore
from .probes.check import ActionChecker
from .probes.exec import ExecAction
from .probes.grpc import GrpcAction
from .probes.http import HttpAction
from .probes.tcp import TcpAction
from .runtime.contract import Runtime
from .runtime.process.runtime import ProcessRuntime
from .runtime.simulated import SimulatedRuntime
from .server.app import NodeServer
from .server.gate import Gate
from .settings import Settings
from .statuses import StatusWriter
from .volumes.manager import VolumeManager
from .volumes.sources import Context
from .worker.host import Host
from .worker.manager import PodManager

Object = dict[str, Any]
HOUSEKEEPING_SECONDS = 60.0
LIMITS_SECONDS = 1.0
EVENTS_AT_ONCE, LEASES_AT_ONCE, DRIVERS_AT_ONCE = 4, 8, 4
"""Of all nodes of the process: thousands of heartbeats and events must leave room for the pods' statuses."""
log = logging.getLogger(__name__)


async def run(settings: Settings, clock: Clock) -> None:
    """Runs until cancelled; then the containers are ended too."""
    config = ClientConfig.from_kubeconfig(
        settings.kubeconfig, "kubelet/v1.36.2", time_scale=settings.time_scale
    )
    async with Client(config) as client, aiohttp.ClientSession() as session, Tasks() as tasks:
        shared = Shared(settings, clock, client, session, tasks)
        nodes = [Node(shared, index) for index in range(len(settings.nodes))]
        where = settings.healthz_address, settings.healthz_port
        try:
            async with health.served(*where, {"/healthz": partial(_unregistered, nodes)}, {}):
                await asyncio.gather(*(node.open() for node in nodes))
                if shared.gate is not None:
                    await shared.gate.open(settings)
                shared.watch(nodes)
                for node in nodes:
                    await node.start()
                await tasks.wait()
        finally:
            await asyncio.gather(*(node.close() for node in nodes))
            if shared.gate is not None:
                await shared.gate.close()


def _unregistered(nodes: list[Node]) -> str:
    return "" if all(node.registered for node in nodes) else "the node has not registered yet"


class Shared:
    """What the nodes of one process have in common."""

    def __init__(
        self, settings: Settings, clock: Clock, client: Client, session: aiohttp.ClientSession, tasks: Tasks
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.client = client
        self.session = session
        self.tasks = tasks
        self.writer = StatusWriter(client, clock, tasks.spawn)
        self.event_lane = asyncio.Semaphore(EVENTS_AT_ONCE)
        self.lease_lane = asyncio.Semaphore(LEASES_AT_ONCE)
        self.driver_lane = asyncio.Semaphore(DRIVERS_AT_ONCE)
        self.catalogue = catalogue.load(settings.data_dir)
        self.gate = Gate(settings.port) if settings.runtime == "simulated" else None
        one = settings.nodes[0] if len(settings.nodes) == 1 else ""
        chosen = f"spec.nodeName={one}" if one else "spec.nodeName!="
        self.pods = Informer(client, PODS, field_selector=chosen, clock=clock)
        self.nodes = Informer(
            client, NODES, field_selector=f"metadata.name={one}" if one else "", clock=clock
        )
        self.services = Informer(client, SERVICES, clock=clock)

    def watch(self, nodes: list[Node]) -> None:
        """Starts the informers and gives each node what concerns it."""
        by_name = {node.name: node for node in nodes}

        def pod_heard(kind: str, pod: Object, old: Object | None) -> None:
            node = by_name.get(pod["spec"].get("nodeName", ""))
            if node is not None:
                node.manager.heard(kind, pod, old)
            if kind == DELETED:
                self.writer.forget(pod["metadata"]["uid"])

        def node_heard(kind: str, found: Object, old: Object | None) -> None:
            node = by_name.get(found["metadata"]["name"])
            if node is not None:
                node.heard(kind, found)

        self.nodes.on_event(node_heard)
        self.pods.on_event(pod_heard)
        informers = [self.nodes, self.pods] + ([self.services] if self.settings.runtime == "process" else [])
        for informer in informers:
            self.tasks.spawn(f"informer {informer.resource.resource}", informer.run())


class Node:
    """One node: its runtime, its workers, its Node object."""

    def __init__(self, shared: Shared, index: int) -> None:
        settings = shared.settings
        self._shared = shared
        self._index = index
        self.name = settings.nodes[index]
        self.ip = settings.node_ips[index] if index < len(settings.node_ips) else _address(index)
        self.directory = settings.data_dir.absolute() / "nodes" / self.name
        self.addresses = PodAddresses()
        self.recorder = EventRecorder(
            shared.client, "kubelet", shared.clock, host=self.name, lane=shared.event_lane
        )
        simulated = settings.runtime == "simulated"
        self.process = None if simulated else ProcessRuntime(self.directory, settings.linger_seconds)
        self.runtime: Runtime = self.process or SimulatedRuntime(shared.clock, shared.tasks.spawn)
        self.facts = self._facts()
        self._labels = dict(self.facts.labels)
        self._events = None if simulated else NodeEvents(self.name, self.recorder.event)
        self.agent = NodeAgent(
            shared.client,
            self.facts,
            shared.clock,
            lease=settings.lease_seconds,
            renew=settings.renew_seconds,
            lane=shared.lease_lane,
            events=self._events,
        )
        self.manager: PodManager
        self._volumes: VolumeManager | None = None
        self.server: NodeServer | None = None

    def _facts(self) -> NodeFacts:
        settings = self._shared.settings
        simulated = settings.runtime == "simulated"
        return NodeFacts(
            self.name,
            self.ip,
            self._shared.gate.port if self._shared.gate is not None else settings.port,
            cpu=settings.cpu or ("32" if simulated else ""),
            memory=settings.memory or ("256Gi" if simulated else ""),
            pods=settings.max_pods,
            labels=settings.labels,
            taints=settings.taints,
            runtime=f"{self.runtime.name}://{self.runtime.version}",
            pod_cidr=settings.pod_cidrs[self._index] if settings.pod_cidrs else "",
        )

    def _place(self) -> tuple[str, dict[str, str]]:
        """The node's name and labels, as the API has them."""
        return self.name, self._labels

    @property
    def registered(self) -> bool:
        return self.agent.node is not None

    async def open(self) -> None:
        """The runtime is started while the node registers: it is ready once both are done."""
        if self.process is not None:
            self.directory.mkdir(parents=True, exist_ok=True)
        await self.runtime.open()
        self.manager = PodManager(self._host())
        shared, volumes = self._shared, self.directory / "volumes"
        self.server = NodeServer(self.manager, self.runtime, self.facts, shared.clock, volumes)
        if shared.gate is not None:
            shared.gate.add(self.server)
        else:
            await self.server.open(shared.settings, self.ip)
        self.heard("ADDED", await self.agent.register())

    def heard(self, kind: str, node: Object) -> None:
        self._labels = node["metadata"].get("labels") or {}
        cidr = node["spec"].get("podCIDR")
        if cidr and not self.addresses.known:
            self.addresses.assign(cidr)
        ready = next(
            (c for c in (node.get("status") or {}).get("conditions") or [] if c["type"] == "Ready"), None
        )
        if kind == "MODIFIED" and ready is not None and ready["status"] == "Unknown":
            # The control plane has taken this node for dead; it is not.
            self._shared.tasks.spawn(f"revive {self.name}", self.agent.report_now())
        if kind != DELETED and to_grant(node.get("status") or {}):
            self._shared.tasks.spawn(f"grant {self.name}", self.agent.grant(node))
        if self._events is not None:
            self._events.heard(node)

    async def start(self) -> None:
        spawn = self._shared.tasks.spawn
        spawn(f"node {self.name}", self.agent.run())
        spawn(f"events {self.name}", self.recorder.run())
        if self.agent.node is not None:
            csi = csi_node.register(
                self._shared.client, self.agent.node, self._shared.clock, self._shared.driver_lane
            )
            spawn(f"CSINode {self.name}", csi)
        if self.process is not None:
            spawn(f"housekeeping {self.name}", self._housekeeping())
            spawn(f"limits {self.name}", self._limits(self.process))

    async def _housekeeping(self) -> None:
        await self._shared.pods.synced()
        await self.manager.end_orphans()
        self._sweep()
        while True:
            await self._shared.clock.sleep(HOUSEKEEPING_SECONDS)
            self.manager.refresh_tokens()

    def _sweep(self) -> None:
        """Frees the volumes of pods that went while this node had no kubelet."""
        known = {pod["metadata"]["uid"] for pod in self._shared.pods.list()}
        known |= {worker.uid for worker in self.manager.workers()}
        known |= {state.pod_uid for state in self.runtime.containers()}
        if self._volumes is not None:
            self._volumes.sweep(self.directory / "pods", known)

    async def _limits(self, runtime: ProcessRuntime) -> None:
        while True:
            await asyncio.sleep(LIMITS_SECONDS)
            await runtime.enforce_limits()

    def _host(self) -> Host:
        shared = self._shared
        clock, spawn = shared.clock, shared.tasks.spawn
        store = ObjectStore(shared.client, clock, spawn, lambda uid: self.manager.volumes_changed(uid))
        capacity = {"cpu": self.facts.cpu, "memory": self.facts.memory, "ephemeral-storage": "100Gi"}
        puller = Puller(shared.catalogue, self.directory / "tools")
        volumes = self.directory / "volumes"
        context = Context(store, clock, self.ip, capacity, {}, volumes, self._place, images=puller)
        self._volumes = VolumeManager(context)
        return Host(
            runtime=self.runtime,
            puller=puller,
            checker=ActionChecker(
                {
                    "exec": ExecAction(self.runtime, clock),
                    "httpGet": HttpAction(lambda: shared.session, clock),
                    "tcpSocket": TcpAction(clock),
                    "grpc": GrpcAction(clock),
                }
            ),
            volumes=self._volumes,
            environment=EnvironmentResolver(
                store, shared.services.list, capacity, self.ip, self._volumes.path
            ),
            addresses=self.addresses,
            clock=clock,
            event=self.recorder.event,
            publish=shared.writer.publish,
            finish=shared.writer.finish,
            spawn=spawn,
            node_name=self.name,
            node_ip=self.ip,
            directory=self.directory,
            dns=tuple(shared.settings.cluster_dns),
            cluster_domain=shared.settings.cluster_domain,
            node=lambda: shared.nodes.get(self.name),
            fetch_node=lambda: shared.client.get(NODES, self.name),
            allocatable={**capacity, "pods": str(self.facts.pods)},
            instant=self.process is None,
        )

    async def close(self) -> None:
        if self.server is not None:
            await self.server.close()
        with contextlib.suppress(AttributeError):
            await self.manager.close()
        await self.runtime.close()
        if self._volumes is not None:
            self._volumes.close()


def _address(index: int) -> str:
    """127.16.0.1, …: slot 0's node addresses."""
    number = index + 1
    return f"127.16.{number // 256}.{number % 256}"
