"""Many simulated nodes and pods: what KWOK's own benchmark measures, through the API."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from . import workloads
from .cluster import Api, Cluster, Processor
from .rows import Row

ASKED_EVERY = 0.1
GIVE_UP = 300.0
REST = 30.0
PODS = "/api/v1/namespaces/default/pods"


def rows(quick: bool) -> Iterator[Row]:
    yield from _kwok(*((20, 100) if quick else (5000, 10_000)))
    yield from _at_rest(20 if quick else 1000, 2.0 if quick else REST)


def _kwok(nodes: int, pods: int) -> Iterator[Row]:
    with Cluster(*workloads.SIMULATED, nodes=nodes) as cluster:
        note = Processor(cluster, since_start=True).note()
        yield Row(f"{nodes:,} simulated nodes Ready", cluster.up_seconds, "s", None, 20, False, note)
        api = Api(cluster.port, cluster.token())
        processor, started = Processor(cluster), time.monotonic()
        api("POST", workloads.DEPLOYMENTS, workloads.deployment("kwok", pods))
        _until(lambda: _ready(api) == pods)
        took, note = time.monotonic() - started, processor.note()
        yield Row(f"{pods:,} pods on them Running", took, "s", None, 20, False, note)
        processor, started = Processor(cluster), time.monotonic()
        api("DELETE", f"{workloads.DEPLOYMENTS}/kwok")
        _until(lambda: not api("GET", f"{PODS}?limit=1")["items"])
        took, note = time.monotonic() - started, processor.note()
        yield Row(f"{pods:,} pods deleted", took, "s", None, 20, False, note)
        yield Row("memory (PSS) after that", cluster.memory(), "MB", None, None, False)


def _ready(api: Api) -> Any:
    return api("GET", f"{workloads.DEPLOYMENTS}/kwok").get("status", {}).get("readyReplicas")


def _at_rest(nodes: int, seconds: float) -> Iterator[Row]:
    """What heartbeats cost: the nodes' Leases are renewed every ten seconds."""
    with Cluster(*workloads.SIMULATED, nodes=nodes) as cluster:
        time.sleep(seconds / 3)
        processor = Processor(cluster)
        time.sleep(seconds)
        used, note = sum(processor.seconds().values()) / seconds * 100, processor.note()
        yield Row(f"{nodes:,} simulated nodes at rest", used, "% of a core", None, None, False, note)
        yield Row(f"memory (PSS), {nodes:,} simulated nodes", cluster.memory(), "MB", None, None, False)


def _until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + GIVE_UP
    while not reached():
        if time.monotonic() > deadline:
            raise SystemExit(f"not reached within {GIVE_UP:g} s")
        time.sleep(ASKED_EVERY)
