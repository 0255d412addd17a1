"""An API server in memory with every write it ever committed, and components that can be killed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import orjson
from wherry.apiserver import main as apiserver
from wherry.apiserver.app import App
from wherry.apiserver.settings import Settings as ServerSettings
from wherry.apiserver.storage.contract import Event
from wherry.client.client import Client
from wherry.controllers.manager import Manager
from wherry.controllers.settings import Settings
from wherry.scheduler.config.load import without_file
from wherry.scheduler.main import Component
from wherry.scheduler.settings import Settings as SchedulerSettings

from tests.apiserver.harness import pki
from tests.chaos.nodes import Nodes
from tests.chaos.record import Commit
from tests.chaos.sim import SimClock
from tests.chaos.wire import CALM, Asked, Faults, Link

Object = dict[str, Any]
Make = Callable[[Client], Awaitable[None]]
QUIET = ("events", "leases.coordination.k8s.io", "nodes")
"""What components write without anything having changed."""


class World:
    """`admin` suffers nothing; `history` is every commit since the start, in order."""

    def __init__(self, app: App, seed: int) -> None:
        self.app = app
        self.seed = seed
        self.clock = SimClock()
        self.rng = Random(seed)
        self.history: list[Commit] = []
        self.links: list[Link] = []
        self.processes: list[Process] = []
        self.admin = self.link("admin", "admin").client()
        app.storage.store.subscribe(self._committed)

    def _committed(self, events: Sequence[Event]) -> None:
        at = self.clock.monotonic()
        for event in events:
            kv, before = event.kv, event.previous
            resource = kv.key.removeprefix("/registry/").partition("/")[0]
            obj = orjson.loads(kv.value) if event.type == "PUT" else None
            old = orjson.loads(before.value) if before is not None else None
            self.history.append(Commit(at, kv.mod_revision, resource, kv.key, obj, old))

    def link(self, who: str, identity: str, faults: Faults = CALM) -> Link:
        link = Link(self.app.asgi, who, identity, Random(self.rng.random()), faults)
        self.links.append(link)
        return link

    def process(self, who: str, identity: str, make: Make, faults: Faults = CALM) -> Process:
        process = Process(self, who, identity, make, faults)
        self.processes.append(process)
        return process

    @property
    def log(self) -> list[Asked]:
        """Every request that was answered, in order."""
        return sorted((asked for link in self.links for asked in link.log), key=lambda asked: asked.at)

    def objects(self, resource: str) -> list[Object]:
        """Everything of `RESOURCE[.GROUP]` that is stored now."""
        name, _, group = resource.partition(".")
        return [entry.obj for entry in self.app.storage.cache(group, name).entries()]

    async def quiet(self, seconds: float, limit: float = 3600.0) -> None:
        """Returns once nothing but heartbeats and events was written for `seconds`."""
        end = self.clock.monotonic() + limit
        while True:
            since = next((c.at for c in reversed(self.history) if c.resource not in QUIET), 0.0)
            now = self.clock.monotonic()
            if now - since >= seconds:
                return
            assert now < end, f"not quiet after {limit} s: {self.recent(since - seconds)}"
            await self.clock.sleep(since + seconds - now + 0.1)

    def recent(self, since: float) -> list[str]:
        """What was written after `since`, for the message of a failure."""
        found = [c for c in self.history if c.at > since and c.resource not in QUIET]
        return [f"{c.at:.2f} {c.key}{'' if c.obj else ' deleted'}" for c in found[-20:]]


class Process:
    """A component of which one life follows the other."""

    def __init__(self, world: World, who: str, identity: str, make: Make, faults: Faults) -> None:
        self.who = who
        self.faults = faults
        self.lives = 0
        self._world = world
        self._identity = identity
        self._make = make
        self.link: Link
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.lives += 1
        self.link = self._world.link(f"{self.who}-{self.lives}", self._identity, self.faults)
        work = self._make(self.link.client())
        self.task = asyncio.get_running_loop().create_task(_await(work), name=self.link.who)

    async def kill(self) -> None:
        """As `kill -9`: from now on it says nothing more, not even in its `finally`s."""
        self.link.dead = True
        if self.task is not None:
            self.task.cancel()
            done, _ = await asyncio.wait([self.task])
            for task in done:
                if not task.cancelled() and task.exception() is not None:
                    raise AssertionError(f"{self.link.who} had failed") from task.exception()
            self.task = None


async def _await(work: Awaitable[None]) -> None:
    await work


def controllers(world: World, *names: str, **more: Any) -> Make:
    """A controller manager with these controllers (all that are on by default)."""

    async def run(client: Client) -> None:
        settings = Settings(controllers=list(names) or ["*"], seed=world.rng.getrandbits(32), **more)
        await Manager(client, world.clock, settings).run()

    return run


def scheduler(world: World) -> Make:
    async def run(client: Client) -> None:
        settings = SchedulerSettings(kubeconfig=Path("unused"), seed=world.rng.getrandbits(32))
        loaded = without_file(settings.scheduler_name)
        await Component(client, settings, world.clock, loaded).run()

    return run


def nodes(world: World, *names: str) -> Make:
    """Played nodes with these names."""

    async def run(client: Client) -> None:
        await Nodes(client, world.clock, Random(world.rng.random()), list(names)).run()

    return run


@asynccontextmanager
async def opened(seed: int) -> AsyncIterator[World]:
    """A world whose API server has its default objects; its processes are killed at the end."""
    settings = ServerSettings(data_dir=pki().directory.parent, storage="memory")
    app = await apiserver.assemble(settings, pki(), SimClock(), Random(seed))
    world = World(app, seed)
    try:
        yield world
    finally:
        for process in world.processes:
            await process.kill()
        for link in world.links:
            link.dead = True
        app.storage.end_watches()
        for link in world.links:
            await link.drained()
        await app.close()
