"""The process `wherry scheduler`: informers, the loop, leader election if asked for, health and metrics."""

from __future__ import annotations

from random import Random

from ..apimachinery.clock import Clock
from ..client import health
from ..client.client import Client
from ..client.config import ClientConfig
from ..client.informer import Informer
from ..client.latest import Latest
from ..client.leaderelection import LeaderElector, unique
from ..client.resources import (
    CSIDRIVERS,
    CSINODES,
    CSISTORAGECAPACITIES,
    DEVICECLASSES,
    NAMESPACES,
    NODES,
    PERSISTENTVOLUMECLAIMS,
    PERSISTENTVOLUMES,
    PODDISRUPTIONBUDGETS,
    PODS,
    REPLICASETS,
    REPLICATIONCONTROLLERS,
    RESOURCECLAIMS,
    RESOURCESLICES,
    SERVICES,
    STATEFULSETS,
    STORAGECLASSES,
    VOLUMEATTACHMENTS,
)
from ..client.tasks import Tasks
from . import pod_resources
from .answers import Answers
from .bind import Writer
from .cache import Cache
from .changes import ATTACHMENT, CSI_CAPACITY, CSI_DRIVER, CSI_NODE, STORAGE_CLASS, VOLUME, VOLUME_CLAIM
from .config.load import Loaded, load, without_file
from .devices import Devices
from .extender import Extender
from .extenders import Extenders
from .feed import Feed
from .plugins.default import Tools
from .plugins.default_spread import ReplicaSelectors
from .profiles import desk
from .queue import SchedulingQueue
from .scheduler import Scheduler
from .settings import Settings
from .storage import Storage

USER_AGENT = "kube-scheduler"
STORED = {
    VOLUME_CLAIM: PERSISTENTVOLUMECLAIMS,
    VOLUME: PERSISTENTVOLUMES,
    STORAGE_CLASS: STORAGECLASSES,
    CSI_NODE: CSINODES,
    CSI_DRIVER: CSIDRIVERS,
    CSI_CAPACITY: CSISTORAGECAPACITIES,
    ATTACHMENT: VOLUMEATTACHMENTS,
}
"""What decides about volumes."""
OFFERED = {
    "resource claims": RESOURCECLAIMS,
    "resource slices": RESOURCESLICES,
    "device classes": DEVICECLASSES,
}
"""What decides about devices."""
LIVING_PODS = "status.phase!=Succeeded,status.phase!=Failed"


async def run(settings: Settings, clock: Clock) -> None:
    """Until cancelled. Raises ConfigError, ConfigurationError, LeadershipLost."""
    loaded = load(settings.config) if settings.config else without_file(settings.scheduler_name)
    config = ClientConfig.from_kubeconfig(settings.kubeconfig, USER_AGENT, time_scale=settings.time_scale)
    election = loaded.config.leader_election
    async with Client(config) as client:
        elector = LeaderElector(
            client,
            election.resource_namespace,
            election.resource_name,
            unique(f"{settings.identity}-scheduler"),
            clock=clock,
            lease_duration=election.lease_duration,
            renew_deadline=election.renew_deadline,
            retry_period=election.retry_period,
        )
        elects = settings.leader_elect if election.leader_elect is None else election.leader_elect
        writing = client.guarded(elector.leads) if elects else client
        component = Component(writing, settings, clock, loaded)
        ready = elector.readiness(component.unready)
        checks = {"/healthz": health.well, "/livez": health.well, "/readyz": ready}
        texts = {"/metrics": component.metrics, "/metrics/resources": component.resources}
        async with health.served(settings.bind_address, settings.port, checks, texts):
            if elects:
                await elector.run(component.run)
            else:
                await component.run()


class Component:
    """A scheduler with everything it needs, wired up."""

    def __init__(self, client: Client, settings: Settings, clock: Clock, loaded: Loaded) -> None:
        rng = Random(settings.seed)
        watched = {
            "nodes": NODES,
            "namespaces": NAMESPACES,
            "services": SERVICES,
            "budgets": PODDISRUPTIONBUDGETS,
        }
        owners = {
            "ReplicaSet": REPLICASETS,
            "StatefulSet": STATEFULSETS,
            "ReplicationController": REPLICATIONCONTROLLERS,
        }
        all_watched = watched | owners | STORED | OFFERED
        self._informers = {name: Informer(client, r, clock=clock) for name, r in all_watched.items()}
        self._pods = Informer(client, PODS, field_selector=LIVING_PODS, clock=clock)
        self._writer = Writer(client, clock)
        cache = Cache()
        replicas = ReplicaSelectors(
            self._informers["services"].list, {kind: self._informers[kind].get for kind in owners}
        )
        storage = Storage(
            client,
            Latest(self._informers[VOLUME_CLAIM]),
            Latest(self._informers[VOLUME]),
            self._informers[STORAGE_CLASS].get,
            self._informers[CSI_NODE].get,
            self._informers[CSI_DRIVER].get,
            self._informers[CSI_CAPACITY].list,
            self._informers[ATTACHMENT].list,
        )
        devices = Devices(
            client,
            Latest(self._informers["resource claims"]),
            self._informers["resource slices"].list,
            self._informers["device classes"],
        )
        tools = Tools(cache, replicas.of, storage, devices, clock)
        budgets = self._informers["budgets"].list
        config = loaded.config
        queue = SchedulingQueue(clock, config.pod_initial_backoff_seconds, config.pod_max_backoff_seconds)
        node_object = self._informers["nodes"].get
        in_order = sorted(config.extenders, key=lambda one: one.ignorable)
        self._extenders = Extenders([Extender(one, node_object) for one in in_order])
        self._desks = [
            desk(tools._replace(config=resolved), client, settings.identity, budgets, rng, self._extenders)
            for resolved in loaded.profiles
        ]
        self.scheduler = Scheduler(cache, queue, self._desks, self._writer, clock)
        self._answers = Answers(client, self.scheduler, clock)
        feed = Feed(self.scheduler, storage, devices)
        for name in STORED:
            self._informers[name].on_event(feed.on_storage(name))
        self._informers["resource claims"].on_event(feed.on_claim)
        self._informers["resource slices"].on_event(feed.on_slice)
        self._informers["device classes"].on_event(feed.on_class)
        self._informers["nodes"].on_event(feed.on_node)
        self._informers["namespaces"].on_event(feed.on_namespace)
        self._pods.on_event(feed.on_pod)

    @property
    def ready(self) -> bool:
        return self._pods.has_synced and all(i.has_synced for i in self._informers.values())

    def unready(self) -> str:
        return "" if self.ready else "caches are not filled yet"

    def metrics(self) -> bytes:
        """The exposition text, with queue and cache as they are now."""
        self.scheduler.queue.report()
        self.scheduler.cache.report()
        return health.metrics()

    def resources(self) -> bytes:
        """The exposition text of what pods ask for."""
        return pod_resources.render(self._pods.list())

    async def run(self) -> None:
        """Schedules once every cache is filled; pods come last so that the first one sees every node."""
        async with self._extenders, Tasks() as tasks:
            for name, informer in self._informers.items():
                tasks.spawn(f"informer {name}", informer.run())
            tasks.spawn("writer", self._writer.run())
            for one in self._desks:
                tasks.spawn(f"events of {one.name}", one.events.run())
            for informer in self._informers.values():
                await informer.synced()
            tasks.spawn("informer pods", self._pods.run())
            await self._pods.synced()
            tasks.spawn("retry", self.scheduler.retry_stale())
            tasks.spawn("scheduling", self.scheduler.run())
            tasks.spawn("scheduling aside", self.scheduler.run_aside())
            tasks.spawn("answers", self._answers.run())
            await tasks.wait()
