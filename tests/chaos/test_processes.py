"""Real processes of a real cluster, whose time runs twenty times faster, are killed during a churn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from wherry.client.client import Client

from tests.chaos import endstate, past
from tests.chaos.churn import Churn
from tests.chaos.real import Watched, admin, killed
from tests.chaos.test_kills import FIRST, stirring
from tests.chaos.world import QUIET
from tests.e2e.local import LocalCluster

SCALE = 20.0
KILLS = {"controllers": 50, "scheduler": 50}
LIFE = 0.3
"""Mean seconds, of 6 in cluster time; many die before they have read what is there."""
SETTLED = 60.0
"""Wall seconds within which everything comes to an end."""
MINUTES = 5
SEEN = (*endstate.STORED, "resourcequotas", "nodes", "events")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[LocalCluster]:
    with LocalCluster(tmp_path, "--runtime=simulated", f"--time-scale={SCALE}", nodes=3) as found:
        yield found


async def dying(cluster: LocalCluster, component: str, times: int, rng: Random) -> None:
    for _ in range(times):
        await asyncio.sleep(rng.expovariate(1 / LIFE))
        await killed(cluster, component)


async def settled(record: Watched) -> list[str]:
    """What is still wrong when that should be over."""
    end = time.monotonic() + SETTLED
    while (found := endstate.problems(record)) and time.monotonic() < end:  # noqa: ASYNC110
        await asyncio.sleep(0.5)
    return found


async def restless(record: Watched) -> list[str]:
    """The writes of the last of so many minutes in which there should be nothing to do."""
    for _ in range(MINUTES):
        start = len(record.history)
        await asyncio.sleep(60 / SCALE)
        late = [c for c in record.history[start:] if c.resource not in QUIET]
        if not late:
            return []
    return [f"{c.key}: {c.before} -> {c.obj}" for c in late]


async def survive(cluster: LocalCluster, client: Client, rng: Random) -> list[str]:
    record, churn = Watched(client), Churn(client, rng)
    watching = asyncio.create_task(record.watch(SEEN), name="record")
    await churn.prepare()
    stirred = asyncio.create_task(stirring(churn, rng, 3.0), name="churn")
    await asyncio.gather(*(dying(cluster, name, times, rng) for name, times in KILLS.items()))
    stirred.cancel()
    await churn.end()
    found = await settled(record) + past.problems(record)
    found = found or await restless(record)
    for task in (stirred, watching):
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()
    return found


def test_a_hundred_dead_processes_leave_no_trace(cluster: LocalCluster) -> None:
    """Nor is anything written, once all is done, in a minute of the cluster's time."""

    async def scenario() -> list[str]:
        async with admin(cluster) as client:
            return await survive(cluster, client, Random(FIRST))

    assert asyncio.run(scenario()) == []
