"""How long it takes to create pods and to place them all on nodes that exist in the API only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from .cluster import Api

THREADS = 8
GIVE_UP = 180.0
PODS = "/api/v1/namespaces/default/pods"
RESOURCES = {"cpu": "32", "memory": "256Gi", "pods": "250"}
ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"


def run(port: int, token: str, *, nodes: int, pods: int, spread: bool = False, anti: bool = False) -> float:
    """Seconds from the first creation of a pod to the placement of the last."""
    label = f"s{time.time_ns()}"
    _each(port, token, nodes, lambda api, i: _node(api, label, i))
    started = time.monotonic()
    _each(port, token, pods, lambda api, i: _pod(api, label, i, spread, anti))
    api = Api(port, token)
    waiting = f"{PODS}?labelSelector=run%3D{label}&fieldSelector=spec.nodeName%3D&limit=1"
    while api("GET", waiting)["items"]:
        if time.monotonic() - started > GIVE_UP:
            raise SystemExit(f"some of {pods} pods found no node within {GIVE_UP:g} s")
        time.sleep(0.05)
    return time.monotonic() - started


def _each(port: int, token: str, count: int, work: Callable[[Api, int], None]) -> None:
    def some(first: int) -> None:
        api = Api(port, token)
        for i in range(first, count, THREADS):
            work(api, i)

    threads = [threading.Thread(target=some, args=(first,)) for first in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _node(api: Api, label: str, i: int) -> None:
    name = f"{label}-n{i}"
    labels = {HOST: name, ZONE: f"z{i % 3}", "run": label}
    api("POST", "/api/v1/nodes", {"metadata": {"name": name, "labels": labels}})
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady"}
    status = {"capacity": RESOURCES, "allocatable": RESOURCES, "conditions": [ready]}
    merge = "application/merge-patch+json"
    api("PATCH", f"/api/v1/nodes/{name}/status", {"status": status}, merge)
    api("PATCH", f"/api/v1/nodes/{name}", {"spec": {"taints": None}}, merge)


def _pod(api: Api, label: str, i: int, spread: bool, anti: bool) -> None:
    requests = {"cpu": "10m", "memory": "16Mi"}
    container = {"name": "c", "image": "nginx:1.25", "resources": {"requests": requests}}
    spec: dict[str, Any] = {"nodeSelector": {"run": label}, "containers": [container]}
    selector = {"matchLabels": {"run": label}}
    if spread:
        rule = {
            "maxSkew": 1,
            "topologyKey": ZONE,
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": selector,
        }
        spec["topologySpreadConstraints"] = [rule]
    if anti:
        term = {"weight": 100, "podAffinityTerm": {"topologyKey": HOST, "labelSelector": selector}}
        spec["affinity"] = {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [term]}}
    api("POST", PODS, {"metadata": {"name": f"{label}-p{i}", "labels": {"run": label}}, "spec": spec})
