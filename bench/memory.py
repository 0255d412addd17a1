"""Memory of a cluster that holds much."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from .cluster import LEFT_OUT, Api, Cluster
from .load import CONFIG_MAP, POD
from .rows import Row
from .scheduling import each

CONTROLLERS = ",".join(("*", *(f"-{name}" for name in LEFT_OUT)))
REST = 10.0
NAMESPACE = "/api/v1/namespaces/default"


def rows(quick: bool) -> Iterator[Row]:
    pods, maps = (100, 100) if quick else (9000, 20_000)
    with Cluster("--controllers", CONTROLLERS) as cluster:
        token = cluster.token()
        for resource, body, count in (("pods", POD, pods), ("configmaps", CONFIG_MAP, maps)):
            each(cluster.port, token, count, _creating(resource, body))
        time.sleep(1.0 if quick else REST)
        note = ", ".join(f"{name} {size:.0f}" for name, size in cluster.memory_by_process().items())
        what = f"memory (PSS), {pods:,} pods and {maps:,} ConfigMaps"
        yield Row(what, cluster.memory(), "MB", 1600, 500, False, note)


def _creating(resource: str, body: dict[str, Any]) -> Any:
    def create(api: Api, i: int) -> None:
        named = {**body, "metadata": {**body["metadata"], "name": f"m{i}"}}
        api("POST", f"{NAMESPACE}/{resource}", named)

    return create
