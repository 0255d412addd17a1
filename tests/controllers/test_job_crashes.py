"""The Job controller is ended at random moments: every pod is still made and counted once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from wherry.apimachinery.clock import SystemClock
from wherry.client.client import Client
from wherry.client.resources import JOBS, PODS
from wherry.client.tasks import Tasks
from wherry.controllers.manager import Manager
from wherry.controllers.settings import Settings

from tests.controllers.cluster import Cluster, cluster
from tests.controllers.job_cluster import end, get_job, has, new_job, unfinished
from tests.support import run

Object = dict[str, Any]
SCALE = 20.0


@asynccontextmanager
async def controller(client: Client) -> AsyncIterator[None]:
    """A controller manager that dies at the end of the block, whatever it is doing."""
    settings = Settings(controllers=["job-controller"], seed=1)
    async with Tasks() as tasks:
        tasks.spawn("manager", Manager(client, SystemClock(SCALE), settings).run())
        yield


async def kubelet(c: Cluster, until: asyncio.Event) -> None:
    """Ends every pod soon after it was made."""
    while not until.is_set():
        for pod in unfinished((await c.client.list(PODS, "default"))["items"]):
            await end(c, pod)
        await asyncio.sleep(0.02)


async def live_and_die(c: Cluster, rng: random.Random) -> int:
    """Starts and ends controllers until the Job is complete; how many there were."""
    lives = 0
    while not has("Complete")(await get_job(c)):
        lives += 1
        async with controller(c.client):
            # Longer and longer, or on a busy machine none of them gets as far as to do anything.
            await asyncio.sleep(rng.uniform(0.0, 0.15) * (1 + lives / 20))
        # A process takes longer to start than the server to answer what the last one still asked for.
        await asyncio.sleep(0.05)
    return lives


def finish(tmp_path: Path, **spec: Any) -> tuple[Object, list[Object], int]:
    """The Job when complete, its pods, and how many controllers it took."""

    async def go() -> tuple[Object, list[Object], int]:
        async with cluster(tmp_path, "serviceaccount-controller") as c, Tasks() as tasks:
            await c.client.create(JOBS, new_job(**spec))
            done = asyncio.Event()
            playing = tasks.spawn("kubelet", kubelet(c, done))
            lives = await live_and_die(c, random.Random(7))
            done.set()
            await playing
            return await get_job(c), (await c.client.list(PODS, "default"))["items"], lives

    return run(go(), 25)


def test_pods_are_made_and_counted_once(tmp_path: Path) -> None:
    job, pods, lives = finish(tmp_path, completions=40, parallelism=8)
    assert lives >= 3
    assert (job["status"]["succeeded"], job["status"].get("failed")) == (40, None)
    assert len(pods) == 40
    assert not any(pod["metadata"].get("finalizers") for pod in pods)


def test_each_index_runs_once(tmp_path: Path) -> None:
    job, pods, lives = finish(tmp_path, completions=30, parallelism=8, completionMode="Indexed")
    assert lives >= 3
    assert (job["status"]["succeeded"], job["status"]["completedIndexes"]) == (30, "0-29")
    names = {pod["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"] for pod in pods}
    assert (len(pods), len(names)) == (30, 30)
