"""Pods whose devices are tainted go, at once or when their claims tolerate it no longer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from wherry.client.resources import EVENTS, PODS, RESOURCECLAIMS, RESOURCESLICES, SERVICEACCOUNTS
from wherry.controllers.device_taint_eviction import DeviceTaintEvictionController

from tests.controllers.cluster import Cluster, cluster
from tests.support import run

Object = dict[str, Any]
DRIVER = "gpu.example.com"
REQUEST = {"devices": {"requests": [{"name": "r", "exactly": {"deviceClassName": "gpu"}}]}}


def play(folder: Path, scenario: Callable[[Cluster], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with cluster(folder, DeviceTaintEvictionController.name, scale=50.0) as api:
            account = {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "default"}}
            await api.client.create(SERVICEACCOUNTS, account)
            await scenario(api)

    run(whole())


async def user(api: Cluster, *tolerations: Object) -> None:
    """A running pod with a claim that has the device d0."""
    entry = [{"name": "dev", "resourceClaimName": "c"}]
    spec: Object = {"containers": [{"name": "c", "image": "i"}], "resourceClaims": entry, "nodeName": "a"}
    spec["terminationGracePeriodSeconds"] = 0
    made = await api.client.create(
        PODS, {"kind": "Pod", "metadata": {"name": "p", "namespace": "default"}, "spec": spec}
    )
    meta = {"name": "c", "namespace": "default"}
    claim = await api.client.create(
        RESOURCECLAIMS, {"kind": "ResourceClaim", "metadata": meta, "spec": REQUEST}
    )
    result = {"request": "r", "driver": DRIVER, "pool": "a", "device": "d0", "tolerations": list(tolerations)}
    users = [{"resource": "pods", "name": "p", "uid": made["metadata"]["uid"]}]
    status = {"allocation": {"devices": {"results": [result]}}, "reservedFor": users}
    await api.client.update(RESOURCECLAIMS, {**claim, "status": status}, subresource="status")


async def taint(api: Cluster, *taints: Object) -> Object:
    pool = {"name": "a", "generation": 1, "resourceSliceCount": 1}
    device = {"name": "d0", "taints": list(taints)}
    spec = {"driver": DRIVER, "nodeName": "a", "pool": pool, "devices": [device]}
    return await api.client.create(
        RESOURCESLICES, {"kind": "ResourceSlice", "metadata": {"name": "s"}, "spec": spec}
    )


BROKEN = {"key": "broken", "effect": "NoExecute"}
FOR_A_MINUTE = {"key": "broken", "operator": "Exists", "tolerationSeconds": 60}


def test_a_pod_whose_device_is_tainted_goes_at_once(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await user(api)
        await taint(api, BROKEN)
        await api.until(PODS, "p", lambda pod: not pod or "deletionTimestamp" in pod["metadata"])
        (event,) = await api.until_list(EVENTS, bool)
        assert (event["reason"], event["message"]) == ("DeviceTaintManagerEviction", "Marking for deletion")

    play(tmp_path, scenario)


def test_a_claim_that_tolerates_the_taint_for_a_while_keeps_its_pod_that_long(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await taint(api, BROKEN)
        await user(api, FOR_A_MINUTE)
        assert "deletionTimestamp" not in (await api.client.get(PODS, "p", "default"))["metadata"]
        await api.until(PODS, "p", lambda pod: not pod or "deletionTimestamp" in pod["metadata"])

    play(tmp_path, scenario)


def test_a_taint_that_goes_in_time_cancels_it(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        made = await taint(api, BROKEN)
        await user(api, {**FOR_A_MINUTE, "tolerationSeconds": 600})
        controller: Any = api.manager.controllers[0]
        await api.until(PODS, "p", lambda pod: bool(controller.marked))
        made["spec"]["devices"][0]["taints"] = []
        await api.client.update(RESOURCESLICES, made)
        (event,) = await api.until_list(EVENTS, bool)
        assert event["message"] == "Cancelling deletion of Pod"

    play(tmp_path, scenario)
