"""Scheduling on nodes that exist in the API only: creating pods and placing them, and placing a backlog."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .cluster import LEFT_OUT, Api, Cluster, Processor
from .rows import Row

THREADS = 8
GIVE_UP = 180.0
ASKED_EVERY = 0.05
PODS = "/api/v1/namespaces/default/pods"
RESOURCES = {"cpu": "32", "memory": "256Gi", "pods": "250"}
ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
CONTROLLERS = ",".join(("*", *(f"-{name}" for name in LEFT_OUT)))
SIMPLE_GOALS = {100: 1000, 5000: 300}
"""Pods a second, by the number of nodes."""
DEARER = 4
"""How many times more a pod with constraints may cost."""

Spec = dict[str, Any]


class Kind(NamedTuple):
    """A sort of pods. `groups` is how many groups of them there are: constraints are among a group."""

    what: str
    constraints: Callable[[Spec], Spec]
    """What the spec gets besides its container, given the selector of the pod's group."""
    groups: int = 1


def _spread(when: str, key: str) -> Callable[[Spec], Spec]:
    def constraints(selector: Spec) -> Spec:
        rule = {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": when, "labelSelector": selector}
        return {"topologySpreadConstraints": [rule]}

    return constraints


def _near(which: str, key: str, *, required: bool) -> Callable[[Spec], Spec]:
    def constraints(selector: Spec) -> Spec:
        term = {"topologyKey": key, "labelSelector": selector}
        how = "requiredDuringSchedulingIgnoredDuringExecution"
        terms: list[Any] = [term]
        if not required:
            how = "preferredDuringSchedulingIgnoredDuringExecution"
            terms = [{"weight": 100, "podAffinityTerm": term}]
        return {"affinity": {which: {how: terms}}}

    return constraints


SIMPLE = Kind("simple", lambda selector: {})
ZONE_SPREAD = Kind("zone spread", _spread("DoNotSchedule", ZONE))
PREFERRED_ANTI = Kind("preferred anti-affinity", _near("podAntiAffinity", HOST, required=False))
KINDS = (
    ZONE_SPREAD,
    Kind("host spread, soft", _spread("ScheduleAnyway", HOST)),
    Kind("zone affinity", _near("podAffinity", ZONE, required=True)),
    Kind("preferred zone affinity", _near("podAffinity", ZONE, required=False)),
    Kind("host anti-affinity", _near("podAntiAffinity", HOST, required=True), groups=50),
    PREFERRED_ANTI,
)


def rows(quick: bool) -> Iterator[Row]:
    yield from _together(quick)
    for nodes in (20,) if quick else (100, 5000):
        yield from _rates(nodes, 100 if quick else 2000)


def _together(quick: bool) -> Iterator[Row]:
    """Creation and placement at the same time, of what kube-apiserver's figures are known."""
    small, large, pods = (10, 20, 50) if quick else (100, 1000, 2000)
    for nodes, count, kind, kube, goal in (
        (small, pods, SIMPLE, 6.7, 3),
        (small, pods, ZONE_SPREAD, 6.3, 4),
        (large, pods, SIMPLE, 10.2, 4),
        (small, pods // 2, PREFERRED_ANTI, 4.7, 3),
    ):
        with Cluster("--controllers", CONTROLLERS) as cluster:
            seconds, note = create_and_place(cluster, nodes, count, kind)
        what = f"create and place {count:,} pods on {nodes:,} nodes: {kind.what}"
        yield Row(what, seconds, "s", kube, goal, False, note)


def _rates(nodes: int, pods: int) -> Iterator[Row]:
    goal = SIMPLE_GOALS.get(nodes, 1)
    with Cluster("--controllers", CONTROLLERS) as cluster:
        token = cluster.token()
        each(cluster.port, token, nodes, node)
        rate, note = place_backlog(cluster, token, pods, SIMPLE)
        yield Row(f"place waiting pods on {nodes:,} nodes: simple", rate, "/s", None, goal, True, note)
        for kind in KINDS:
            found, note = place_backlog(cluster, token, pods, kind)
            what = f"place waiting pods on {nodes:,} nodes: {kind.what}"
            yield Row(what, found, "/s", None, rate / DEARER, True, note)


def create_and_place(cluster: Cluster, nodes: int, pods: int, kind: Kind) -> tuple[float, str]:
    """Seconds from the first creation of a pod to the placement of the last, and who worked meanwhile."""
    token = cluster.token()
    each(cluster.port, token, nodes, node)
    processor, started = Processor(cluster), time.monotonic()
    each(cluster.port, token, pods, pods_of(kind, "p", pods))
    _until_placed(Api(cluster.port, token), pods)
    return time.monotonic() - started, processor.note()


def place_backlog(cluster: Cluster, token: str, pods: int, kind: Kind) -> tuple[float, str]:
    """Pods a second, from the moment the scheduler may run (it is halted while they are created) to the first
    answer of the API that shows no pod without a node."""
    scheduler = cluster.processes()["scheduler"]
    os.kill(scheduler, signal.SIGSTOP)
    try:
        each(cluster.port, token, pods, pods_of(kind, f"p{time.time_ns()}", pods))
        processor, started = Processor(cluster), time.monotonic()
    finally:
        os.kill(scheduler, signal.SIGCONT)
    _until_placed(Api(cluster.port, token), pods)
    return pods / (time.monotonic() - started), processor.note()


def _until_placed(api: Api, pods: int) -> None:
    started = time.monotonic()
    while api("GET", f"{PODS}?fieldSelector=spec.nodeName%3D&limit=1")["items"]:
        if time.monotonic() - started > GIVE_UP:
            raise SystemExit(f"some of {pods} pods found no node within {GIVE_UP:g} s")
        time.sleep(ASKED_EVERY)


def each(port: int, token: str, count: int, work: Callable[[Api, int], None]) -> None:
    """Work number 0 to `count` - 1, on eight connections."""

    def some(first: int) -> None:
        api = Api(port, token)
        for i in range(first, count, THREADS):
            work(api, i)

    threads = [threading.Thread(target=some, args=(first,)) for first in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def node(api: Api, i: int) -> None:
    """Creates a node that is Ready and has no taint."""
    name = f"n{i}"
    labels = {HOST: name, ZONE: f"z{i % 3}"}
    api("POST", "/api/v1/nodes", {"metadata": {"name": name, "labels": labels}})
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady"}
    status = {"capacity": RESOURCES, "allocatable": RESOURCES, "conditions": [ready]}
    merge = "application/merge-patch+json"
    api("PATCH", f"/api/v1/nodes/{name}/status", {"status": status}, merge)
    api("PATCH", f"/api/v1/nodes/{name}", {"spec": {"taints": None}}, merge)


def pods_of(kind: Kind, prefix: str, count: int) -> Callable[[Api, int], None]:
    """What creates the pods of a kind, for `each`."""
    requests = {"cpu": "10m", "memory": "16Mi"}
    container = {"name": "c", "image": "nginx:1.25", "resources": {"requests": requests}}
    groups = min(kind.groups, count)

    def create(api: Api, i: int) -> None:
        labels = {"run": f"{prefix}-{i % groups}"}
        spec = {"containers": [container], **kind.constraints({"matchLabels": labels})}
        api("POST", PODS, {"metadata": {"name": f"{prefix}-{i}", "labels": labels}, "spec": spec})

    return create
