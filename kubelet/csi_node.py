"""The node's CSINode names its volume drivers: the built-in one. Source: kubelet's node info manager."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from ..apimachinery.clock import Clock
from ..apimachinery.errors import StatusError, is_reason
from ..apimachinery.volumes import HOST_PATH_DRIVER
from ..client.client import Client
from ..client.errors import Unreachable
from ..client.resources import CSINODES

Object = dict[str, Any]
RETRY_SECONDS = 5.0
_log = logging.getLogger(__name__)


async def register(client: Client, node: Object, clock: Clock, lane: asyncio.Semaphore) -> None:
    """Returns when the CSINode of `node` names the driver; other drivers there stay. Nodes that share a
    `lane` register no more at once than it lets through: their heartbeats are more important."""
    while True:
        try:
            async with lane:
                await _once(client, node)
            return
        except StatusError as error:
            _log.warning("CSINode %s: %s", node["metadata"]["name"], error)
        except Unreachable as error:
            _log.info("CSINode %s: %s", node["metadata"]["name"], error)
        await clock.sleep(RETRY_SECONDS)


async def _once(client: Client, node: Object) -> None:
    meta = node["metadata"]
    driver = {"name": HOST_PATH_DRIVER, "nodeID": meta["name"], "topologyKeys": ["kubernetes.io/hostname"]}
    owner = {"apiVersion": "v1", "kind": "Node", "name": meta["name"], "uid": meta["uid"]}
    wanted = {
        "kind": "CSINode",
        "apiVersion": "storage.k8s.io/v1",
        "metadata": {"name": meta["name"], "ownerReferences": [owner]},
        "spec": {"drivers": [driver]},
    }
    try:
        await client.create(CSINODES, wanted)
        return
    except StatusError as error:
        if not is_reason(error, "AlreadyExists"):
            raise
    found = await client.get(CSINODES, meta["name"])
    drivers = found["spec"].get("drivers") or []
    if any(known["name"] == HOST_PATH_DRIVER for known in drivers):
        return
    await client.update(CSINODES, {**found, "spec": {**found["spec"], "drivers": [*drivers, driver]}})
