"""The built-in provisioner: volumes come for claims and go with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from wherry.client.resources import EVENTS, NODES, STORAGECLASSES
from wherry.client.resources import PERSISTENTVOLUMECLAIMS as CLAIMS
from wherry.client.resources import PERSISTENTVOLUMES as VOLUMES
from wherry.controllers.protection import VolumeProtection
from wherry.controllers.volume.binder import VolumeBinder
from wherry.controllers.volume.host_path.directory import remove
from wherry.controllers.volume.host_path.provisioner import HostPathProvisioner
from wherry.controllers.volume.host_path.volume import FINALIZER

from tests.controllers.cluster import Cluster, cluster
from tests.controllers.volumes import claim, node, storage_class
from tests.support import run

Object = dict[str, Any]
OURS = "wherry.dev/host-path"
SELECTED = "volume.kubernetes.io/selected-node"


def play(folder: Path, scenario: Callable[[Cluster], Awaitable[None]]) -> None:
    async def whole() -> None:
        names = (VolumeBinder.name, HostPathProvisioner.name, VolumeProtection.name)
        async with cluster(folder, *names) as api:
            await scenario(api)

    run(whole())


def phase(wanted: str) -> Callable[[Object], bool]:
    return lambda obj: bool((obj.get("status") or {}).get("phase") == wanted)


async def prepared(api: Cluster, of: Object | None = None, **more: Any) -> None:
    """A node and a class of ours."""
    await api.client.create(NODES, of or node())
    await api.client.create(STORAGECLASSES, storage_class(provisioner=OURS, **more))


async def bound(api: Cluster) -> str:
    """The name of the volume that came for the claim `c`."""
    await api.client.create(CLAIMS, claim())
    return str((await api.until(CLAIMS, "c", phase("Bound")))["spec"]["volumeName"])


async def release(api: Cluster) -> None:
    await api.client.patch(CLAIMS, "c", {"metadata": {"finalizers": None}}, "default")
    await api.client.delete(CLAIMS, "c", "default")


async def told(api: Cluster, reason: str, text: str = "") -> None:
    """Waits for an event with the reason and the text in its message."""

    def said(events: list[Object]) -> bool:
        return any(e["reason"] == reason and text in e["message"] for e in events)

    await api.until_list(EVENTS, said)


def test_a_volume_comes_at_once_and_goes_with_its_claim(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await prepared(api)
        name = await bound(api)
        made = await api.until(VOLUMES, name, phase("Bound"))
        assert name == f"pvc-{made['spec']['claimRef']['uid']}"
        assert set(made["metadata"]["finalizers"]) == {FINALIZER, "kubernetes.io/pv-protection"}
        asked = 'External provisioner is provisioning volume for claim "default/c"'
        await told(api, "Provisioning", asked)
        await told(api, "ProvisioningSucceeded", f"Successfully provisioned volume {name}")
        await release(api)
        await api.until(VOLUMES, name, lambda v: not v)

    play(tmp_path, scenario)


@pytest.mark.parametrize("name", ["k8s.io/minikube-hostpath", "rancher.io/local-path"])
def test_it_answers_to_the_provisioners_of_other_local_clusters(tmp_path: Path, name: str) -> None:
    async def scenario(api: Cluster) -> None:
        await api.client.create(NODES, node())
        other = storage_class(provisioner=name, parameters={"type": "pd-ssd"})
        await api.client.create(STORAGECLASSES, other)
        made = await api.until(VOLUMES, await bound(api), phase("Bound"))
        assert made["spec"]["csi"]["driver"] == "host-path.wherry.dev"

    play(tmp_path, scenario)


def test_a_claim_that_waits_for_a_pod_gets_a_volume_on_its_node(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await prepared(api, volumeBindingMode="WaitForFirstConsumer")
        await api.client.create(NODES, node("n2"))
        await api.client.create(CLAIMS, claim())
        await told(api, "WaitForFirstConsumer")
        assert not (await api.client.list(VOLUMES))["items"]
        await api.client.patch(CLAIMS, "c", {"metadata": {"annotations": {SELECTED: "n2"}}}, "default")
        found = await api.until(CLAIMS, "c", phase("Bound"))
        made = await api.client.get(VOLUMES, found["spec"]["volumeName"])
        assert made["spec"]["csi"]["volumeAttributes"] == {"wherry.dev/node": "n2"}

    play(tmp_path, scenario)


def test_a_choice_that_does_not_hold_is_taken_back(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await prepared(api, volumeBindingMode="WaitForFirstConsumer")
        wanted = claim()
        wanted["metadata"]["annotations"] = {SELECTED: "gone"}
        await api.client.create(CLAIMS, wanted)
        await api.until(CLAIMS, "c", lambda c: SELECTED not in (c["metadata"].get("annotations") or {}))
        text = 'failed to provision volume with StorageClass "fast": error getting selected node: '
        await told(api, "ProvisioningFailed", f'{text}node "gone" not found')

    play(tmp_path, scenario)


def test_a_claim_without_a_node_waits_for_one(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await prepared(api, node(ready=False))
        await api.client.create(CLAIMS, claim())
        await told(api, "ProvisioningFailed", "no available topology found")
        await api.client.create(NODES, node("n2"))
        await api.until(CLAIMS, "c", phase("Bound"))

    play(tmp_path, scenario)


def test_a_retained_volume_stays_until_its_policy_changes(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await prepared(api, reclaimPolicy="Retain")
        name = await bound(api)
        await release(api)
        kept = await api.until(VOLUMES, name, phase("Released"))
        assert FINALIZER not in kept["metadata"]["finalizers"]
        await api.client.patch(VOLUMES, name, {"spec": {"persistentVolumeReclaimPolicy": "Delete"}})
        await api.until(VOLUMES, name, lambda v: not v)

    play(tmp_path, scenario)


def test_a_volume_deleted_first_goes_when_its_claim_does(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await prepared(api)
        name = await bound(api)
        await api.until(VOLUMES, name, lambda v: len(v["metadata"]["finalizers"]) == 2)
        await api.client.delete(VOLUMES, name)
        await api.until(VOLUMES, name, lambda v: "deletionTimestamp" in v["metadata"])
        await release(api)
        await api.until(VOLUMES, name, lambda v: not v)

    play(tmp_path, scenario)


def test_a_volume_stays_while_its_node_does_not_answer(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await prepared(api, node(runtime="wherry-process://1"))
        name = await bound(api)
        await release(api)
        await told(api, "VolumeFailedDelete", "rpc error: code = Unavailable desc = node n1: ")
        assert (await api.client.get(VOLUMES, name))["status"]["phase"] == "Released"
        await api.client.delete(NODES, "n1")
        await api.until(VOLUMES, name, lambda v: not v)

    play(tmp_path, scenario)


def test_a_handle_that_leads_elsewhere_is_asked_of_no_node() -> None:
    asked: list[str] = []

    class Node:
        async def raw(self, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
            asked.append(f"{method} {path}")
            return 200, {}, b""

    def released(handle: str) -> Object:
        source = {"volumeHandle": handle, "volumeAttributes": {"wherry.dev/node": "n1"}}
        return {"metadata": {"name": "v"}, "spec": {"csi": source}}

    for handle in ("pvc-1", "../exec/default/p/c?command=ls", "..", "a/b", ""):
        made_by_hand: Any = Node()
        run(remove(made_by_hand, released(handle), lambda name: node(name, runtime="wherry-process://1")))
    assert asked == ["DELETE /api/v1/nodes/n1/proxy/volumes/pvc-1"]
