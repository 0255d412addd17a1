"""Two schedulers and two controller managers as real processes: of each pair the one that leads is stopped,
and wakes up when the other has the lease.

Time runs four times faster, so a lease lasts under four seconds.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.client.client import Client
from wherry.client.resources import NAMESPACES, NODES, PODS, REPLICASETS, SERVICEACCOUNTS

from tests.chaos.real import Watched, admin
from tests.e2e.local import LocalCluster

SCALE = 4.0
LEASE, RETRY = 15.0, 2.0
SLACK = 1.0
"""Wall seconds: of requests, of starting, and of a busy machine."""
BUILT_IN = ("controllers", "scheduler")
NAMES = ("one", "two")
OWNED = "owned"
"""The namespace in which controllers have something to do."""
POD = {"containers": [{"name": "c", "image": "i"}]}
START = """
import sys
from wherry.__main__ import main
from wherry.controllers import main as controllers
controllers.USER_AGENT = sys.argv.pop(1)
main()
"""
"""`wherry`, whose controllers' writes carry a name: the first argument."""


class Kind(NamedTuple):
    """A component of which two run. `wrote`: whose every write is, in order, as far as they tell."""

    component: str
    lease: str
    told: dict[str, str]
    wrote: Callable[[Watched], list[str]]


def placed(record: Watched) -> list[str]:
    """Events of placements say which scheduler it was."""
    new = [c.obj for c in record.history if c.resource.startswith("events") and c.obj and c.before is None]
    found = [str(event.get("reportingInstance", "")).rpartition("-")[2] for event in new]
    return [name for name in found if name in NAMES]


def made(record: Watched) -> list[str]:
    """Pods say which client made them."""
    new = [c.obj for c in record.history if c.resource == "pods" and c.obj and c.before is None]
    return [p["metadata"]["managedFields"][0]["manager"] for p in new if p["metadata"]["namespace"] == OWNED]


KINDS = [
    Kind("scheduler", "kube-scheduler", {}, placed),
    Kind("controllers", "kube-controller-manager", {"controllers": "[replicaset-controller]"}, made),
]


class Elected(subprocess.Popen[bytes]):
    """`wherry COMPONENT`, one of several."""

    def __init__(self, cluster: LocalCluster, kind: Kind, name: str) -> None:
        account = {"controllers": "controller-manager"}.get(kind.component, kind.component)
        kubeconfig = cluster.data / "kubeconfig" / f"{account}.conf"
        told = {"kubeconfig": kubeconfig, "leader_elect": "true", "time_scale": SCALE, "identity": name}
        words = [f"--set={key}={value}" for key, value in (told | kind.told).items()]
        with (cluster.data / "logs" / f"{kind.component}-{name}.log").open("wb") as out:
            super().__init__(
                [sys.executable, "-c", START, name, kind.component, *words], stdout=out, stderr=out
            )


class Pair:
    """`reigns` are (who, first, last): the wall times at which each wrote the lease."""

    def __init__(self, kind: Kind, record: Watched, processes: dict[str, Elected]) -> None:
        self._kind = kind
        self._record = record
        self.processes = processes

    def wrote(self) -> list[str]:
        return self._kind.wrote(self._record)

    def reigns(self) -> list[tuple[str, float, float]]:
        found: list[tuple[str, float, float]] = []
        for commit in self._record.history:
            if (
                commit.resource.startswith("leases")
                and commit.key.endswith(f"/{self._kind.lease}")
                and commit.obj
            ):
                holder = str(commit.obj["spec"]["holderIdentity"])
                name = next((name for name in NAMES if holder.startswith(name)), "")
                began = found.pop()[1] if found and found[-1][0] == name else commit.at
                found.append((name, began, commit.at))
        return found


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


@asynccontextmanager
async def running(cluster: LocalCluster, kind: Kind, record: Watched) -> AsyncIterator[Pair]:
    processes = {name: Elected(cluster, kind, name) for name in NAMES}
    try:
        yield Pair(kind, record, processes)
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


async def working(client: Client) -> None:
    """Gives all of them something to do, all the time."""
    capacity = {"cpu": "64", "memory": "64Gi", "pods": "10000"}
    status = {"capacity": capacity, "allocatable": capacity}
    await client.create(NODES, {"metadata": {"name": "n"}, "status": status})
    await client.create(NAMESPACES, {"metadata": {"name": OWNED}})
    for namespace in ("default", OWNED):
        await _account(client, namespace)
    for number in count():
        name = f"p{number}"
        labels = {"app": name}
        await client.create(PODS, {"metadata": {"name": name, "namespace": "default"}, "spec": POD})
        template = {"metadata": {"labels": labels}, "spec": {**POD, "schedulerName": "nobody"}}
        spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
        await client.create(REPLICASETS, {"metadata": {"name": name, "namespace": OWNED}, "spec": spec})
        await asyncio.sleep(0.05)


async def _account(client: Client, namespace: str) -> None:
    """The controllers may have made it before they were stopped."""
    try:
        await client.create(SERVICEACCOUNTS, {"metadata": {"name": "default", "namespace": namespace}})
    except StatusError as error:
        if error.code != 409:
            raise


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
        try:
            await scenario(record)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.result()


async def stop_the_leader(pair: Pair) -> None:
    """It is followed when its lease is over, and ends without another write when it wakes up."""
    await until(lambda: len(pair.wrote()) > 20, 30)
    first = pair.reigns()[-1][0]
    (second,) = set(NAMES) - {first}
    pair.processes[first].send_signal(signal.SIGSTOP)
    await until(lambda: second in pair.wrote(), 20)
    pair.processes[first].send_signal(signal.SIGCONT)
    seen = len(pair.wrote())
    await until(lambda: pair.processes[first].poll() is not None, 10)
    await until(lambda: len(pair.wrote()) > seen + 20, 20)
    stretches = pair.wrote()
    assert stretches == [first] * stretches.count(first) + [second] * stretches.count(second)
    (_, _, last), (_, follows, _) = pair.reigns()
    assert LEASE / SCALE - SLACK < follows - last < (LEASE + RETRY * 2) / SCALE + SLACK * 2


def test_a_stopped_leader_is_followed_within_its_lease_and_never_writes_again(cluster: LocalCluster) -> None:
    async def disturbed(kind: Kind, record: Watched) -> None:
        async with running(cluster, kind, record) as pair:
            await stop_the_leader(pair)

    async def scenario(record: Watched) -> None:
        async with asyncio.TaskGroup() as group:
            for kind in KINDS:
                group.create_task(disturbed(kind, record), name=kind.component)

    asyncio.run(recorded(cluster, scenario))
