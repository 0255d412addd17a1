"""Released volumes whose policy is Recycle are emptied by a pod and used again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from wherry.client.resources import EVENTS, PODS, SERVICEACCOUNTS
from wherry.client.resources import PERSISTENTVOLUMECLAIMS as CLAIMS
from wherry.client.resources import PERSISTENTVOLUMES as VOLUMES
from wherry.controllers.volume.binder import VolumeBinder

from tests.controllers.cluster import Cluster, cluster
from tests.controllers.volumes import claim, volume
from tests.support import run

Object = dict[str, Any]
POD = "recycler-for-v"


def play(folder: Path, scenario: Callable[[Cluster], Awaitable[None]], **spec: Any) -> None:
    """With the volume `v`, which the claim `c` has left; `spec` goes into it."""

    async def whole() -> None:
        async with cluster(folder, VolumeBinder.name) as api:
            account = {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "default"}}
            await api.client.create(SERVICEACCOUNTS, account)
            await api.client.create(VOLUMES, volume(persistentVolumeReclaimPolicy="Recycle", **spec))
            await api.client.create(CLAIMS, claim())
            await api.until(CLAIMS, "c", phase("Bound"))
            await api.client.patch(CLAIMS, "c", {"metadata": {"finalizers": None}}, "default")
            await api.client.delete(CLAIMS, "c", "default")
            await scenario(api)

    run(whole())


def phase(wanted: str) -> Callable[[Object], bool]:
    return lambda obj: bool((obj.get("status") or {}).get("phase") == wanted)


async def ends(api: Cluster, status: Object) -> None:
    """Plays the kubelet of the recycler."""
    await api.until(PODS, POD, bool)
    await api.client.patch(PODS, POD, {"status": status}, "default", subresource="status")


async def told(api: Cluster, reason: str, text: str) -> None:
    def said(events: list[Object]) -> bool:
        return any(e["reason"] == reason and text in e["message"] for e in events)

    await api.until_list(EVENTS, said)


def test_an_emptied_volume_is_available_again(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        pod = await api.until(PODS, POD, bool)
        assert pod["spec"]["activeDeadlineSeconds"] == 90
        assert pod["spec"]["volumes"][0]["hostPath"]["path"] == "/d"
        about = {"kind": "Pod", "namespace": "default", "name": POD}
        event = {"metadata": {"name": "e", "namespace": "default"}, "involvedObject": about, "type": "Normal"}
        await api.client.create(EVENTS, {**event, "reason": "Pulled", "message": "Image is there"})
        await told(api, "RecyclerPod", "Recycler pod: Image is there")
        await ends(api, {"phase": "Succeeded"})
        free = await api.until(VOLUMES, "v", phase("Available"))
        assert "claimRef" not in free["spec"]
        await told(api, "VolumeRecycled", "Volume recycled")
        await api.until(PODS, POD, lambda p: not p)

    play(tmp_path, scenario, capacity={"storage": "3Gi"})


def test_a_recycler_that_fails_is_said(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await ends(api, {"phase": "Failed", "message": "disk on fire"})
        failed = await api.until(VOLUMES, "v", phase("Failed"))
        wanted = "Recycle failed: failed to recycle volume: disk on fire"
        assert failed["status"]["message"] == wanted
        await told(api, "VolumeFailedRecycle", wanted)

    play(tmp_path, scenario)


def test_what_nothing_can_recycle_has_failed(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        failed = await api.until(VOLUMES, "v", phase("Failed"))
        assert failed["status"]["message"] == "No recycler plugin found for the volume!"

    play(tmp_path, scenario, hostPath=None, csi={"driver": "csi.example.com", "volumeHandle": "h"})
