"""The scheduler answers the API server's questions about pods, through the real thing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from wherry.apimachinery.errors import StatusError
from wherry.apimachinery.gvk import GroupVersionResource
from wherry.client.resources import PODS

from tests.controllers.cluster import Cluster, Object
from tests.scheduler.test_main import bind_one, scheduled

PLACEMENTS = GroupVersionResource("wherry.dev", "v1", "placements", True)
CAUSES = GroupVersionResource("wherry.dev", "v1", "causes", True)


async def placement(c: Cluster, name: str) -> Object:
    """Once the scheduler listens."""
    while True:
        try:
            return await c.client.get(PLACEMENTS, name, "default")
        except StatusError as error:
            if error.code != 503:
                raise
        await asyncio.sleep(0.01)


async def ask(c: Cluster, url: str) -> None:
    await bind_one(c, url)
    found = await placement(c, "a")
    assert found["spec"]["nodeName"] == "n1"
    (attempt,) = found["status"]["attempts"]
    assert (attempt["result"], attempt["node"], attempt["attempt"]) == ("Scheduled", "n1", 1)
    bound = (await c.client.get(CAUSES, "pods:a", "default"))["status"]["writes"][-1]
    assert (bound["subresource"], bound["reconcile"]["by"]) == ("binding", "default-scheduler")
    await what_waits(c)


async def what_waits(c: Cluster) -> None:
    for name, more in (("big", {}), ("gated", {"schedulingGates": [{"name": "example.com/g"}]})):
        resources = {"requests": {"cpu": "99"}}
        spec: Object = {"containers": [{"name": "c", "image": "i", "resources": resources}], **more}
        spec["tolerations"] = [{"operator": "Exists"}]
        await c.client.create(PODS, {"metadata": {"name": name}, "spec": spec}, "default")
    await c.until(PODS, "big", lambda p: bool((p.get("status") or {}).get("conditions")))
    status = (await placement(c, "big"))["status"]
    assert status["queue"]["refusedBy"] == ["NodeResourcesFit"]
    assert status["now"]["result"] == status["attempts"][0]["result"] == "Unschedulable"
    assert (await placement(c, "gated"))["status"]["gates"] == ["example.com/g"]


def test_a_pod_is_explained(tmp_path: Path) -> None:
    scheduled(tmp_path, ask)
