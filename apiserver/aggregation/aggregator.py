"""The aggregator as the rest of the server sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from ...apimachinery.clock import Clock
from .. import background
from ..callout.resolve import SERVICE_NAME
from ..endpoints.exchange import Answer, Request
from ..endpoints.openapi import OpenAPI
from ..registry.strategy import Reader
from ..storage.change import Change
from ..storage.watch_cache import WatchCache
from .availability import LOCAL, Checker
from .connection import Connections
from .discovery import Fetcher, Version
from .follower import Follower, Writer, write_condition
from .metrics import Metrics
from .openapi import Published
from .proxy import Proxy
from .registration import GROUP_PRIORITY, VERSION_PRIORITY, Registration
from .services import ApiService, ApiServices, GroupVersion

DOCUMENTS = "/openapi/v3"


class Aggregator:
    """Owns the connections and tasks towards extension servers. `start` when the server is about to serve."""

    def __init__(
        self,
        *,
        apiservices: WatchCache,
        definitions: WatchCache,
        services: WatchCache,
        slices: WatchCache,
        connections: Connections,
        openapi: OpenAPI,
        reader: Reader,
        writer: Writer,
        clock: Clock,
        defaults: dict[GroupVersion, tuple[int, int]],
    ) -> None:
        self.services = ApiServices(apiservices)
        self.remote = self.services.remote
        """The APIServices that other servers answer for; looked up for every request."""
        self.metrics = Metrics(self.services)
        self.on_change: list[Callable[[], None]] = []
        """Called when what is served, or its order, has changed."""
        self._connections = connections
        self._checker = Checker(connections, reader)
        self._fetcher = Fetcher(connections)
        self._published = Published(openapi, self._fetcher)
        self._proxy = Proxy(connections)
        self._writer = writer
        self._clock = clock
        self._defaults = defaults
        self._followers: dict[str, Follower] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._registration = Registration(definitions, apiservices, writer)
        self._started = False
        self.services.listen(self._changed)
        services.listen(self._service_changed)
        slices.listen(self._slice_changed)

    def start(self) -> None:
        """Begins to look after the APIServices. Called once, in the event loop."""
        self._started = True
        self._registration.start()
        for service in self.services.all.values():
            self._changed(None, service)

    async def close(self) -> None:
        await self._registration.close()
        for follower in self._followers.values():
            await follower.close()
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        await self._connections.close()

    # -- requests

    def target(self, request: Request) -> ApiService | None:
        """The APIService whose server answers this request; None for this server's own."""
        info = request.info
        if info.resource:
            return self.remote.get((info.group, info.version))
        path = request.path.removeprefix(DOCUMENTS).strip("/").split("/")
        if len(path) == 3 and path[0] == "apis":
            return self.remote.get((path[1], path[2]))
        return None

    async def forward(self, request: Request, service: ApiService) -> Answer:
        return await self._proxy.forward(request, service)

    # -- discovery

    def priority(self, group: str, version: str) -> tuple[int, int]:
        """groupPriorityMinimum and versionPriority."""
        found = self.services.all.get((group, version))
        if found is not None:
            return found.group_priority, found.version_priority
        return self._defaults.get((group, version), (GROUP_PRIORITY, VERSION_PRIORITY))

    def registered(self) -> Iterable[GroupVersion]:
        """Every group and version with an APIService."""
        return self.services.all

    def document(self, group: str, version: str) -> Version | None:
        """What a remote version serves (APIVersionDiscovery); None for a local one."""
        service = self.remote.get((group, version))
        if service is None:
            return None
        follower = self._followers.get(service.name)
        return follower.document if follower else {"version": version, "freshness": "Stale"}

    # -- changes

    def _changed(self, before: ApiService | None, after: ApiService | None) -> None:
        if after is not None and not after.available and (before is None or before.available):
            self.metrics.lost(after.name, after.reason)
        if self._started:
            self._follow(before, after)
        if before is None or after is None or before[:-2] != after[:-2]:
            self._tell()

    def _follow(self, before: ApiService | None, after: ApiService | None) -> None:
        if before is not None and before.backend is not None and (after is None or after.backend is None):
            follower = self._followers.pop(before.name, None)
            if follower is not None:
                self._spawn(follower.close(), f"end of APIService {before.name}")
        if after is None:
            return
        if after.backend is None:
            if not after.available or (before is not None and before.backend is not None):
                self._spawn(
                    write_condition(self._writer, self._clock, after.name, LOCAL),
                    f"condition of APIService {after.name}",
                )
        elif after.name not in self._followers:
            follower = Follower(
                after,
                self._checker,
                self._fetcher,
                self._published,
                self._writer,
                self._clock,
                fresh=self._tell,
            )
            self._followers[after.name] = follower
            follower.start()
        elif before is None or before.connection != after.connection:
            self._followers[after.name].changed(after)
        elif not self._followers[after.name].agrees(after):
            self._followers[after.name].changed()

    def _spawn(self, work: Any, name: str) -> None:
        task = background.start(work, name)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _tell(self) -> None:
        for listener in self.on_change:
            listener()

    def _service_changed(self, change: Change) -> None:
        if self._followers:
            entry = change.entry or change.previous
            assert entry is not None
            meta = entry.obj["metadata"]
            self._recheck(meta["namespace"], meta["name"])

    def _slice_changed(self, change: Change) -> None:
        if not self._followers:
            return
        for entry in (change.entry, change.previous):
            if entry is not None:
                meta = entry.obj["metadata"]
                self._recheck(meta["namespace"], (meta.get("labels") or {}).get(SERVICE_NAME, ""))

    def _recheck(self, namespace: str, name: str) -> None:
        for service in self.services.of((namespace, name)):
            follower = self._followers.get(service.name)
            if follower is not None:
                follower.changed()
