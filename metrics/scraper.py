"""Reads the kubelets, through the API server, for as long as somebody wants to know."""

from __future__ import annotations

import asyncio
import logging

import orjson

from ..apimachinery.clock import Clock
from ..apimachinery.errors import StatusError
from ..client.client import Client
from ..client.errors import Unreachable, from_answer
from ..client.resources import NODES
from .readings import Reading, Usage, parse

FIRST_GAP = 1.0
"""Seconds between the two readings that the first question waits for."""
IDLE = 300.0
"""Seconds without a question after which reading stops."""
AT_ONCE = 16
_log = logging.getLogger(__name__)


class Scraper:
    """`resolution` is the time between readings in seconds."""

    def __init__(self, client: Client, clock: Clock, resolution: float) -> None:
        self._client = client
        self._clock = clock
        self._resolution = resolution
        self._latest: dict[str, Reading] = {}
        self._usage: dict[str, Usage] = {}
        self._asked = float("-inf")
        self._read = float("-inf")
        self._wanted = asyncio.Event()
        self._lock = asyncio.Lock()

    async def usage(self) -> dict[str, Usage]:
        """By node. The first question after a long silence waits for two readings."""
        self._asked = self._clock.monotonic()
        self._wanted.set()
        if self._is_stale():
            async with self._lock:
                if self._is_stale():
                    await self._scrape()
                    await self._clock.sleep(FIRST_GAP)
                    await self._scrape()
        return self._usage

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wanted.wait()
            await self._clock.sleep(self._resolution)
            if self._clock.monotonic() - self._asked > IDLE:
                self._wanted.clear()
                continue
            async with self._lock:
                await self._scrape()

    def _is_stale(self) -> bool:
        return self._clock.monotonic() - self._read > 2 * self._resolution

    async def _scrape(self) -> None:
        """One reading of every node; a node that cannot be read has no usage until it can be again."""
        try:
            nodes = (await self._client.list(NODES))["items"]
        except (StatusError, Unreachable) as error:
            _log.warning("nodes: %s", error)
            return
        slots = asyncio.Semaphore(AT_ONCE)
        names = [node["metadata"]["name"] for node in nodes]
        found = await asyncio.gather(*(self._reading(name, slots) for name in names))
        readings = {name: reading for name, reading in zip(names, found, strict=True) if reading is not None}
        self._usage = {
            name: Usage(self._latest[name], reading)
            for name, reading in readings.items()
            if name in self._latest
        }
        self._latest = readings
        self._read = self._clock.monotonic()

    async def _reading(self, node: str, slots: asyncio.Semaphore) -> Reading | None:
        async with slots:
            try:
                code, _, body = await self._client.raw("GET", f"/api/v1/nodes/{node}/proxy/stats/summary")
                if code >= 300:
                    raise from_answer(code, body)
                return parse(orjson.loads(body), self._clock.now())
            except (StatusError, Unreachable, ValueError) as error:
                _log.info("node %s: %s", node, error)
                return None
