"""Two schedulers as real processes: the one that leads is stopped, and wakes up when the other has the lease.

Time runs four times faster, so a lease lasts under four seconds.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from wherry.client.client import Client
from wherry.client.resources import NODES, PODS, SERVICEACCOUNTS

from tests.chaos.real import Watched, admin
from tests.e2e.local import LocalCluster

SCALE = 4.0
LEASE, RETRY = 15.0, 2.0
SLACK = 1.0
"""Wall seconds: of requests, of starting, and of a busy machine."""
BUILT_IN = ("controllers", "scheduler")
NAMES = ("one", "two")


class Scheduler(subprocess.Popen[bytes]):
    """`wherry scheduler`, one of several. Its events carry its name."""

    def __init__(self, cluster: LocalCluster, name: str) -> None:
        kubeconfig = cluster.data / "kubeconfig" / "scheduler.conf"
        told = {"kubeconfig": kubeconfig, "leader_elect": "true", "time_scale": SCALE, "identity": name}
        words = [f"--set={key}={value}" for key, value in told.items()]
        with (cluster.data / "logs" / f"{name}.log").open("wb") as out:
            super().__init__([sys.executable, "-m", "wherry", "scheduler", *words], stdout=out, stderr=out)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[LocalCluster]:
    """An API server whose own controllers and scheduler stand still."""
    found = LocalCluster(tmp_path, f"--time-scale={SCALE}", nodes=0)
    found.start()
    for name in BUILT_IN:
        os.kill(found.pid(name), signal.SIGSTOP)
    yield found
    for name in BUILT_IN:
        os.kill(found.pid(name), signal.SIGCONT)
    found.stop()


@pytest.fixture
def schedulers(cluster: LocalCluster) -> Iterator[dict[str, Scheduler]]:
    found = {name: Scheduler(cluster, name) for name in NAMES}
    yield found
    for process in found.values():
        process.kill()
        process.wait()


async def working(client: Client) -> None:
    """Gives the schedulers something to do, all the time."""
    capacity = {"cpu": "64", "memory": "64Gi", "pods": "10000"}
    status = {"capacity": capacity, "allocatable": capacity}
    await client.create(NODES, {"metadata": {"name": "n"}, "status": status})
    await client.create(SERVICEACCOUNTS, {"metadata": {"name": "default", "namespace": "default"}})
    for number in count():
        meta = {"name": f"p{number}", "namespace": "default"}
        pod = {"metadata": meta, "spec": {"containers": [{"name": "c", "image": "i"}]}}
        await client.create(PODS, pod)
        await asyncio.sleep(0.05)


def placed(record: Watched) -> list[str]:
    """Whose every event of a placement is, in order."""
    new = [c.obj for c in record.history if c.resource.startswith("events") and c.obj and c.before is None]
    return [str(event["reportingInstance"]).rpartition("-")[2] for event in new]


def holder(record: Watched) -> str:
    """Who has the lease: its name."""
    leases = record.objects("leases.coordination.k8s.io")
    mine = [lease for lease in leases if lease["metadata"]["name"] == "kube-scheduler"]
    return str(mine[0]["spec"]["holderIdentity"]).partition("-scheduler")[0] if mine else ""


async def until(check: Callable[[], Any], seconds: float) -> float:
    """The wall seconds that it took."""
    began = time.monotonic()
    while not check():
        assert time.monotonic() - began < seconds, f"still waiting after {seconds} s"
        await asyncio.sleep(0.05)
    return time.monotonic() - began


async def recorded(cluster: LocalCluster, scenario: Callable[[Watched], Awaitable[None]]) -> None:
    async with admin(cluster) as client:
        record = Watched(client)
        tasks = [
            asyncio.create_task(record.watch(("events", "leases.coordination.k8s.io", "pods"))),
            asyncio.create_task(working(client)),
        ]
        await scenario(record)
        for task in tasks:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.result()


def test_a_stopped_leader_is_followed_within_its_lease_and_never_writes_again(
    cluster: LocalCluster, schedulers: dict[str, Scheduler]
) -> None:
    async def scenario(record: Watched) -> None:
        await until(lambda: len(placed(record)) > 20, 20)
        first = holder(record)
        (second,) = set(NAMES) - {first}
        schedulers[first].send_signal(signal.SIGSTOP)
        took = await until(lambda: second in placed(record), 20)
        assert (LEASE - RETRY * 2) / SCALE - SLACK < took < (LEASE + RETRY * 2) / SCALE + SLACK * 2
        schedulers[first].send_signal(signal.SIGCONT)
        seen = len(placed(record))
        await until(lambda: schedulers[first].poll() is not None, 10)
        await until(lambda: len(placed(record)) > seen + 20, 20)
        stretches = placed(record)
        assert stretches == [first] * stretches.count(first) + [second] * stretches.count(second)
        assert holder(record) == second

    asyncio.run(recorded(cluster, scenario))
