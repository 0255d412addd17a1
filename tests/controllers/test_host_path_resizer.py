"""Claims of the built-in provisioner grow and change their attributes class."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from wherry.client.resources import EVENTS, NODES, STORAGECLASSES, VOLUMEATTRIBUTESCLASSES
from wherry.client.resources import PERSISTENTVOLUMECLAIMS as CLAIMS
from wherry.client.resources import PERSISTENTVOLUMES as VOLUMES
from wherry.controllers.volume.binder import VolumeBinder
from wherry.controllers.volume.expand import ExpandController
from wherry.controllers.volume.host_path.provisioner import HostPathProvisioner
from wherry.controllers.volume.host_path.resizer import HostPathResizer

from tests.controllers.cluster import Cluster, cluster
from tests.controllers.volumes import claim, node, storage_class
from tests.support import run

Object = dict[str, Any]
CONTROLLERS = (VolumeBinder.name, HostPathProvisioner.name, HostPathResizer.name, ExpandController.name)


def play(folder: Path, scenario: Callable[[Cluster, str], Awaitable[None]]) -> None:
    """With the claim `c` bound to a volume, whose name the scenario is told."""

    async def whole() -> None:
        async with cluster(folder, *CONTROLLERS) as api:
            await api.client.create(NODES, node())
            ours = storage_class(provisioner="wherry.dev/host-path", allowVolumeExpansion=True)
            await api.client.create(STORAGECLASSES, ours)
            await api.client.create(CLAIMS, claim())
            found = await api.until(CLAIMS, "c", lambda c: c.get("status", {}).get("phase") == "Bound")
            await scenario(api, found["spec"]["volumeName"])

    run(whole())


def attributes(name: str, **parameters: str) -> Object:
    driver = {"driverName": "host-path.wherry.dev", "parameters": parameters}
    return {"kind": "VolumeAttributesClass", "metadata": {"name": name}, **driver}


async def change(api: Cluster, **spec: Any) -> None:
    await api.client.patch(CLAIMS, "c", {"spec": spec}, "default")


async def told(api: Cluster, *reasons: str) -> None:
    await api.until_list(EVENTS, lambda events: {*reasons} <= {e["reason"] for e in events})


def test_a_claim_that_asks_for_more_gets_it(tmp_path: Path) -> None:
    async def scenario(api: Cluster, volume: str) -> None:
        await change(api, resources={"requests": {"storage": "3Gi"}})
        grown = await api.until(CLAIMS, "c", lambda c: c["status"]["capacity"]["storage"] == "3Gi")
        assert grown["status"]["allocatedResources"] == {"storage": "3Gi"}
        assert not grown["status"].keys() & {"conditions", "allocatedResourceStatuses"}
        assert (await api.client.get(VOLUMES, volume))["spec"]["capacity"] == {"storage": "3Gi"}
        await told(api, "ExternalExpanding", "Resizing", "VolumeResizeSuccessful")

    play(tmp_path, scenario)


def test_an_attributes_class_takes_effect_when_it_is_there(tmp_path: Path) -> None:
    async def scenario(api: Cluster, volume: str) -> None:
        await change(api, volumeAttributesClassName="gold")
        waiting = await api.until(CLAIMS, "c", lambda c: "modifyVolumeStatus" in c["status"])
        pending = {"targetVolumeAttributesClassName": "gold", "status": "Pending"}
        assert waiting["status"]["modifyVolumeStatus"] == pending
        await api.client.create(VOLUMEATTRIBUTESCLASSES, attributes("gold", iops="4000"))
        done = await api.until(CLAIMS, "c", lambda c: "modifyVolumeStatus" not in c["status"])
        assert done["status"]["currentVolumeAttributesClassName"] == "gold"
        assert "conditions" not in done["status"]
        assert (await api.client.get(VOLUMES, volume))["spec"]["volumeAttributesClassName"] == "gold"
        await told(api, "VolumeModifyFailed", "VolumeModify", "VolumeModifySuccessful")

    play(tmp_path, scenario)


def test_a_class_that_cannot_be_had_is_infeasible(tmp_path: Path) -> None:
    async def scenario(api: Cluster, volume: str) -> None:
        await api.client.create(VOLUMEATTRIBUTESCLASSES, attributes("odd", colour="red"))
        await change(api, volumeAttributesClassName="odd")
        refused = await api.until(CLAIMS, "c", lambda c: "modifyVolumeStatus" in c["status"])
        assert refused["status"]["modifyVolumeStatus"]["status"] == "Infeasible"
        (condition,) = refused["status"]["conditions"]
        assert (condition["type"], condition["status"]) == ("ModifyVolumeError", "True")
        assert 'unknown mutable parameter "colour"' in condition["message"]

    play(tmp_path, scenario)
