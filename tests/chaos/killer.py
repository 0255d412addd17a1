"""Kills components at the moments that hurt: between a request and its answer, or at any time."""

from __future__ import annotations

import asyncio
from random import Random

from tests.chaos.world import Process, World

PATIENCE = 3.0
"""Seconds after which a component is killed that does not write."""
RESTART = 0.5
MOMENTS = ("before", "after", "whenever")


class Killer:
    """`kill` ends one life of one process and starts the next; `told` are (time, who, moment)."""

    def __init__(self, world: World, rng: Random) -> None:
        self._world = world
        self._rng = rng
        self.told: list[tuple[float, str, str]] = []

    async def kill(self, process: Process) -> None:
        moment = self._rng.choice(MOMENTS)
        due = asyncio.Event()
        if moment != "whenever":
            self._arm(process, moment, int(self._rng.expovariate(0.08)) + 1, due)
        patience = PATIENCE if moment != "whenever" else self._rng.random() * PATIENCE / 3
        try:
            async with asyncio.timeout(patience):
                await due.wait()
        except TimeoutError:
            moment = "whenever"
        self.told.append((self._world.clock.monotonic(), process.link.who, moment))
        await process.kill()
        # A process takes longer to start than the server to do what the last one still asked for.
        await asyncio.sleep(process.link.faults.latency * 2 + self._rng.random() * RESTART)
        process.start()

    def _arm(self, process: Process, moment: str, writes: int, due: asyncio.Event) -> None:
        link, left = process.link, writes

        def heard() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                link.dead = True
                due.set()

        setattr(link, moment, heard)
