"""`/stats/summary` and `/metrics`: usage of the node's containers, under upstream's names."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from ...apimachinery import exposition, quantity
from ...apimachinery.clock import rfc3339, rfc3339_micro

if TYPE_CHECKING:
    from ..runtime.contract import Usage
    from .app import NodeServer

Object = dict[str, Any]
METRICS = (
    ("container_cpu_usage_seconds_total", "counter", "Processor time that a container used."),
    ("container_memory_working_set_bytes", "gauge", "Memory that a container needs."),
    ("kubelet_running_pods", "gauge", "Pods of the node."),
    ("kubelet_running_containers", "gauge", "Containers that run."),
)


async def summary(server: NodeServer, request: web.Request) -> web.Response:
    """stats/v1alpha1 Summary, as much as metrics-server reads."""
    pods = [_pod(server, worker) for worker in server.manager.workers()]
    used = server.runtime.node_usage()
    at = _moment(server, used)
    free = max(0, quantity.whole(server.facts.memory) - used.memory_bytes)
    node = {
        "nodeName": server.facts.name,
        "cpu": {"time": at, "usageCoreNanoSeconds": used.cpu_nanos},
        "memory": {"time": at, "availableBytes": free, "workingSetBytes": used.memory_bytes},
    }
    return web.Response(body=orjson.dumps({"node": node, "pods": pods}), content_type="application/json")


def _moment(server: NodeServer, usage: Usage) -> str:
    """Upstream says whole seconds: too few to tell a rate from two readings one second apart."""
    return rfc3339_micro(usage.at or server.clock.now())


def _pod(server: NodeServer, worker: Any) -> Object:
    meta = worker.pod["metadata"]
    containers = []
    for record in worker.records:
        usage = server.runtime.usage(record.id) if record.running else None
        if usage is not None:
            at = _moment(server, usage)
            cpu = {"time": at, "usageCoreNanoSeconds": usage.cpu_nanos}
            memory = {"time": at, "workingSetBytes": usage.memory_bytes, "rssBytes": usage.memory_bytes}
            containers.append({"name": record.name, "cpu": cpu, "memory": memory})
    ref = {"name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]}
    return {"podRef": ref, "startTime": rfc3339(server.clock.now()), "containers": containers}


async def metrics(server: NodeServer, request: web.Request) -> web.Response:
    """Resource metrics in Prometheus' text format."""
    lines = [line for metric in METRICS for line in exposition.head(*metric)]
    running = 0
    workers = server.manager.workers()
    stamp = int(time.time() * 1000)
    for worker in workers:
        meta = worker.pod["metadata"]
        for record in worker.records:
            usage = server.runtime.usage(record.id) if record.running else None
            if usage is None:
                continue
            running += 1
            where = exposition.labels(
                (("container", record.name), ("namespace", meta["namespace"]), ("pod", meta["name"]))
            )
            lines.append(f"container_cpu_usage_seconds_total{{{where}}} {usage.cpu_nanos / 1e9} {stamp}")
            lines.append(f"container_memory_working_set_bytes{{{where}}} {usage.memory_bytes} {stamp}")
    lines += [
        f"kubelet_running_pods {len(workers)}",
        f'kubelet_running_containers{{container_state="running"}} {running}',
    ]
    return web.Response(text=exposition.document(lines), content_type="text/plain")
