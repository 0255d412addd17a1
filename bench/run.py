"""Measures a fresh cluster and prints a table beside kube-apiserver's figures: `python -m bench --help`.

The figures of kube-apiserver 1.36.2 with etcd 3.6 were taken once on a 2-core, 24 GiB Linux machine, with
TLS, RBAC and fsync on. Both sides share the machine with the client that loads them.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator

from . import extensions, load, memory, scale, scheduling, watch_fanout, workloads
from .cluster import LEFT_OUT, Api, Cluster
from .rows import Row, best, shown

IDLE = 5.0
CREATED_PODS, BATCH_SECONDS = 9000, 3.0


def fsync_milliseconds(times: int = 200) -> float:
    """What one durable write of 4 KB costs in the temporary directory: no store is faster alone."""
    with tempfile.TemporaryFile() as file:
        started = time.monotonic()
        for _ in range(times):
            os.write(file.fileno(), bytes(4096))
            os.fdatasync(file.fileno())
        return (time.monotonic() - started) / times * 1000


def starts(quick: bool) -> Iterator[Row]:
    ready, up, memory = [], [], 0.0
    for _ in range(1 if quick else 3):
        with Cluster(nodes=1) as cluster:
            ready.append(cluster.ready_seconds)
            up.append(cluster.up_seconds)
            time.sleep(1.0 if quick else IDLE)
            memory = cluster.memory()
    yield Row("start to /readyz", min(ready), "s", 2.4, 0.7, False)
    yield Row("start to a Ready node", min(up), "s", None, 1.5, False)
    yield Row("idle memory (PSS), one node", memory, "MB", 490, 250, False)


def requests(cluster: Cluster, token: str, quick: bool) -> Iterator[Row]:
    seconds, times = (1.0, 1) if quick else (4.0, 3)
    url, path = cluster.url, "/api/v1/namespaces/default/configmaps/bench"
    Api(cluster.port, token)(
        "POST", path.rpartition("/")[0], {"metadata": {"name": "bench"}, "data": {"k": "v"}}
    )

    def creates(resource: str, body: object, connections: int) -> float:
        one = lambda: load.create(url, token, resource, body, connections=connections, seconds=seconds)  # noqa: E731
        return best(times, one)

    def gets(path: str, connections: int) -> float:
        return best(times, lambda: load.get(url, token, path, connections=connections, seconds=seconds))

    yield Row("get, 16 connections", gets(path, 16), "/s", 5471, 11_000, True)
    yield Row(
        "create ConfigMap, 16 connections", creates("configmaps", load.CONFIG_MAP, 16), "/s", 2197, 4400, True
    )
    yield Row(
        "create ConfigMap, 1 connection", creates("configmaps", load.CONFIG_MAP, 1), "/s", 806, 1600, True
    )
    yield Row("create Pod, 16 connections", creates("pods", load.POD, 16), "/s", 1153, 2300, True)
    yield Row(
        "list a page of 500 pods, 4 connections", gets("/api/v1/pods?limit=500", 4), "/s", 92, 900, True
    )


def whole_list(cluster: Cluster, token: str, quick: bool) -> Iterator[Row]:
    """One list of 9,000 pods, once there are that many."""
    api = Api(cluster.port, token)

    def held() -> int:
        page = api("GET", "/api/v1/pods?limit=1")
        return len(page["items"]) + int(page["metadata"].get("remainingItemCount", 0))

    while held() < CREATED_PODS:
        load.create(cluster.url, token, "pods", load.POD, connections=16, seconds=BATCH_SECONDS)
    count = held()

    def once() -> float:
        started = time.monotonic()
        api.bytes("GET", "/api/v1/pods?resourceVersion=0")
        return (time.monotonic() - started) * CREATED_PODS / count

    yield Row("list 9,000 pods at once", best(3 if quick else 8, once, more=False), "s", 0.53, 0.15, False)


def watches(cluster: Cluster, token: str, quick: bool) -> Iterator[Row]:
    for watchers, rate, kube, goal in ((200, 50, (9.8, 16), (5, 16)), (500, 40, (18, 32), (10, 32))):
        found = watch_fanout.run(cluster.port, token, watchers=watchers, rate=rate, seconds=1 if quick else 5)
        what = f"watch, {watchers} watchers × {rate} writes/s"
        if found.lost:
            raise SystemExit(f"{what}: {found.lost} events were lost")
        yield Row(f"{what}, p50", found.p50, "ms", kube[0], goal[0], False)
        yield Row(f"{what}, p99", found.p99, "ms", kube[1], goal[1], False)


def api_extensions(cluster: Cluster, token: str, quick: bool) -> Iterator[Row]:
    """Server-side apply and custom resources."""
    seconds, times = (1.0, 1) if quick else (4.0, 3)
    api = Api(cluster.port, token)
    yield Row(
        "OpenAPI v3, all groups for the first time", extensions.openapi_seconds(api), "s", None, 5, False
    )
    found = [extensions.served_after(api, f"tools{i}") for i in range(times)]
    yield Row("a definition's resource served after", max(found), "ms", None, 100, False)

    def run(load_with: Callable[..., float], resource: str, body: object) -> float:
        return best(
            times, lambda: load_with(cluster.url, token, resource, body, connections=16, seconds=seconds)
        )

    applied = run(load.apply, "deployments", extensions.DEPLOYMENT)
    yield Row("server-side apply of a Deployment, 16 connections", applied, "/s", None, 800, True)
    created = run(load.create, "tools0", extensions.instance("tools0"))
    yield Row("create a custom resource, 200 fields, 3 rules", created, "/s", None, 1000, True)


IN_CLUSTER = {
    "requests": requests,
    "api": api_extensions,
    "list": whole_list,
    "watch": watches,
}
ALONE = {
    "start": starts,
    "schedule": scheduling.rows,
    "workloads": workloads.rows,
    "scale": scale.rows,
    "memory": memory.rows,
}
"""Groups that start clusters of their own."""
NEED_WRK = frozenset({"requests", "api", "list"})


def measured(chosen: list[str], quick: bool) -> Iterator[Row]:
    for name in chosen:
        if name in ALONE:
            yield from ALONE[name](quick)
        elif not (quick and name == "list"):
            with Cluster("--controllers", ",".join(("*", *(f"-{name}" for name in LEFT_OUT)))) as cluster:
                yield from IN_CLUSTER[name](cluster, cluster.token(), quick)


def main() -> None:
    groups = ["start", *IN_CLUSTER, *(name for name in ALONE if name != "start")]
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measures a fresh cluster. Needs wrk (Debian package wrk)."
    )
    parser.add_argument(
        "--quick", action="store_true", help="short runs with small numbers, to see that all works"
    )
    parser.add_argument(
        "--only", choices=groups, action="append", help="measure this group (may be repeated)"
    )
    arguments = parser.parse_args()
    chosen = arguments.only or groups
    if NEED_WRK.intersection(chosen) and shutil.which("wrk") is None:
        raise SystemExit("wrk is missing: apt-get install wrk")
    machine = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    disk, busy = fsync_milliseconds(), os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, {machine}, fdatasync {disk:.2f} ms, load before {busy:.1f}\n")
    print("| what | Wherry | kube-apiserver + etcd | ratio | goal | | |", "| --- " * 7 + "|", sep="\n")
    for row in measured(chosen, arguments.quick):
        print(shown(row), flush=True)
