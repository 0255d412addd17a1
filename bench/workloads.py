"""Deployments: from their creation to all of their pods Ready, as one who polls sees it.

The nodes of the larger ones are simulated: their kubelet does everything but run programs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from .cluster import Api, Cluster, Processor
from .rows import Row

ASKED_EVERY = 0.02
GIVE_UP = 120.0
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
SIMULATED = ("--runtime", "simulated")


def rows(quick: bool) -> Iterator[Row]:
    times = 1 if quick else 3
    with Cluster(nodes=1) as cluster:
        yield _row(cluster, "a node of processes", 1, times, 0.34, 0.3)
    with Cluster(*SIMULATED, nodes=2) as cluster:
        yield _row(cluster, "2 simulated nodes", 20 if quick else 200, times, 34, 2)
    with Cluster(*SIMULATED, nodes=10) as cluster:
        yield _row(cluster, "10 simulated nodes", 50 if quick else 1000, times, 27, 5)


def _row(cluster: Cluster, where: str, pods: int, times: int, kube: float, goal: float) -> Row:
    api = Api(cluster.port, cluster.token())
    found = [ready_after(cluster, api, pods) for _ in range(times)]
    seconds, note = min(found)
    return Row(f"Deployment of {pods:,} → Ready, {where}", seconds, "s", kube, goal, False, note)


def ready_after(cluster: Cluster, api: Api, pods: int) -> tuple[float, str]:
    """Seconds from the request that creates a Deployment to the first answer that says all are Ready, and
    who worked meanwhile. The Deployment is deleted again."""
    name, processor = f"d{time.time_ns()}", Processor(cluster)
    started = time.monotonic()
    api("POST", DEPLOYMENTS, deployment(name, pods))
    _wait(api, f"{DEPLOYMENTS}/{name}", lambda found: found.get("status", {}).get("readyReplicas") == pods)
    seconds, note = time.monotonic() - started, processor.note()
    api("DELETE", f"{DEPLOYMENTS}/{name}")
    _wait(api, "/api/v1/namespaces/default/pods?limit=1", lambda found: not found["items"])
    return seconds, note


def deployment(name: str, pods: int) -> dict[str, Any]:
    labels = {"app": name}
    container = {"name": "c", "image": "registry.k8s.io/pause:3.10"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": pods, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def _wait(api: Api, path: str, reached: Any) -> None:
    deadline = time.monotonic() + GIVE_UP
    while not reached(found := api("GET", path)):
        if time.monotonic() > deadline:
            raise SystemExit(f"{path} after {GIVE_UP:g} s: {found}")
        time.sleep(ASKED_EVERY)
