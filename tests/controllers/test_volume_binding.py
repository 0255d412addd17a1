"""Claims get volumes, volumes are given back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from wherry.client.resources import EVENTS, STORAGECLASSES
from wherry.client.resources import PERSISTENTVOLUMECLAIMS as CLAIMS
from wherry.client.resources import PERSISTENTVOLUMES as VOLUMES
from wherry.controllers.volume.binder import VolumeBinder

from tests.controllers.cluster import Cluster, cluster
from tests.controllers.volumes import claim, storage_class, volume
from tests.support import run

Object = dict[str, Any]
Scenario = Callable[[Cluster], Awaitable[None]]
BY_US = "pv.kubernetes.io/bound-by-controller"


def play(folder: Path, scenario: Scenario) -> None:
    async def whole() -> None:
        async with cluster(folder, VolumeBinder.name) as api:
            await scenario(api)

    run(whole())


def phase(wanted: str) -> Callable[[Object], bool]:
    return lambda obj: bool((obj.get("status") or {}).get("phase") == wanted)


def notes(obj: Object) -> Object:
    found: Object = obj["metadata"].get("annotations") or {}
    return found


async def told(api: Cluster, reason: str, message: str) -> None:
    def said(events: list[Object]) -> bool:
        return any((e["reason"], e["message"]) == (reason, message) for e in events)

    await api.until_list(EVENTS, said)


async def bound(api: Cluster, **spec: Any) -> None:
    """The volume `v`, with `spec`, bound to the claim `c`."""
    await api.client.create(VOLUMES, volume(**spec))
    await api.client.create(CLAIMS, claim())
    await api.until(CLAIMS, "c", phase("Bound"))


def test_both_sides_point_at_each_other(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await bound(api, size="2Gi")
        mine = await api.until(CLAIMS, "c", phase("Bound"))
        theirs = await api.until(VOLUMES, "v", phase("Bound"))
        assert mine["spec"]["volumeName"] == "v"
        assert mine["status"] == {
            "phase": "Bound",
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "2Gi"},
        }
        assert notes(mine) == {"pv.kubernetes.io/bind-completed": "yes", BY_US: "yes"}
        assert notes(theirs) == {BY_US: "yes"}
        assert theirs["spec"]["claimRef"]["uid"] == mine["metadata"]["uid"]

    play(tmp_path, scenario)


def test_a_claim_waits_for_its_volume(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await api.client.create(CLAIMS, claim())
        await api.client.create(VOLUMES, volume("w", size="500Mi"))
        await api.until(VOLUMES, "w", phase("Available"))
        await api.client.create(VOLUMES, volume())
        await api.until(CLAIMS, "c", phase("Bound"))
        await api.until(VOLUMES, "w", phase("Available"))

    play(tmp_path, scenario)


def test_a_volume_named_in_the_claim_is_not_the_controllers_choice(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await api.client.create(CLAIMS, claim(volumeName="v"))
        await api.client.create(VOLUMES, volume())
        mine = await api.until(CLAIMS, "c", phase("Bound"))
        assert BY_US not in notes(mine)

    play(tmp_path, scenario)


def test_a_named_volume_that_is_too_small_is_said(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await api.client.create(VOLUMES, volume(size="1Mi"))
        await api.client.create(CLAIMS, claim(volumeName="v"))
        why = 'Cannot bind to requested volume "v": requested PV is too small'
        await told(api, "VolumeMismatch", why)

    play(tmp_path, scenario)


def test_a_reserved_volume_of_another_mode_is_said(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        made = await api.client.create(CLAIMS, claim(volumeMode="Block"))
        ref = {"namespace": "default", "name": "c", "uid": made["metadata"]["uid"]}
        await api.client.create(VOLUMES, volume(claimRef=ref))
        why = "due to incompatible volumeMode."
        await told(
            api,
            "VolumeMismatch",
            f'Cannot bind PersistentVolume "v" to requested PersistentVolumeClaim {why}',
        )
        text = f'Cannot bind PersistentVolume to requested PersistentVolumeClaim "c" {why}'
        await told(api, "VolumeMismatch", text)

    play(tmp_path, scenario)


def test_a_taken_volume_is_said(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await bound(api)
        await api.client.create(CLAIMS, claim("late", volumeName="v"))
        await told(api, "FailedBinding", 'volume "v" already bound to a different claim.')

    play(tmp_path, scenario)


def test_a_released_volume_keeps_its_reference(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await bound(api)
        await api.client.patch(CLAIMS, "c", {"metadata": {"finalizers": None}}, "default")
        await api.client.delete(CLAIMS, "c", "default")
        gone = await api.until(VOLUMES, "v", phase("Released"))
        assert gone["spec"]["claimRef"]["name"] == "c"
        await api.client.patch(VOLUMES, "v", {"spec": {"claimRef": None}})
        await api.until(VOLUMES, "v", phase("Available"))

    play(tmp_path, scenario)


async def release(api: Cluster) -> None:
    await api.client.patch(CLAIMS, "c", {"metadata": {"finalizers": None}}, "default")
    await api.client.delete(CLAIMS, "c", "default")


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("Delete", "host_path deleter only supports /tmp/.+ but received provided /d"),
    ],
)
def test_what_cannot_be_reclaimed_failed(tmp_path: Path, policy: str, message: str) -> None:
    async def scenario(api: Cluster) -> None:
        await bound(api, persistentVolumeReclaimPolicy=policy)
        await release(api)
        failed = await api.until(VOLUMES, "v", phase("Failed"))
        assert failed["status"]["message"] == message

    play(tmp_path, scenario)


def test_an_outside_provisioner_deletes_itself(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        made = volume(persistentVolumeReclaimPolicy="Delete")
        made["metadata"]["annotations"] = {"pv.kubernetes.io/provisioned-by": "csi.example.com"}
        await api.client.create(VOLUMES, made)
        await api.client.create(CLAIMS, claim())
        await api.until(CLAIMS, "c", phase("Bound"))
        await release(api)
        left = await api.until(VOLUMES, "v", phase("Released"))
        assert "deletionTimestamp" not in left["metadata"]

    play(tmp_path, scenario)


def test_a_bound_claim_without_volume_is_lost(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await bound(api)
        await api.client.patch(VOLUMES, "v", {"metadata": {"finalizers": None}})
        await api.client.delete(VOLUMES, "v")
        await api.until(CLAIMS, "c", phase("Lost"))
        lost = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
        await told(api, "ClaimLost", lost)

    play(tmp_path, scenario)


@pytest.mark.parametrize(
    ("cls", "classes", "reason", "message"),
    [
        (
            "",
            [],
            "FailedBinding",
            "no persistent volumes available for this claim and no storage class is set",
        ),
        ("fast", [], "ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found'),
        (
            "fast",
            [storage_class(volumeBindingMode="WaitForFirstConsumer")],
            "WaitForFirstConsumer",
            "waiting for first consumer to be created before binding",
        ),
        (
            "fast",
            [storage_class(provisioner="kubernetes.io/no-provisioner")],
            "ProvisioningFailed",
            "no volume plugin matched name: kubernetes.io/no-provisioner",
        ),
    ],
)
def test_why_a_claim_is_pending(
    tmp_path: Path, cls: str, classes: list[Object], reason: str, message: str
) -> None:
    async def scenario(api: Cluster) -> None:
        for one in classes:
            await api.client.create(STORAGECLASSES, one)
        await api.client.create(CLAIMS, claim(cls=cls))
        await told(api, reason, message)

    play(tmp_path, scenario)


def test_a_provisioner_is_called_through_annotations(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await api.client.create(STORAGECLASSES, storage_class())
        await api.client.create(CLAIMS, claim())
        called = await api.until(CLAIMS, "c", lambda c: bool(notes(c)))
        assert notes(called) == {
            "volume.beta.kubernetes.io/storage-provisioner": "csi.example.com",
            "volume.kubernetes.io/storage-provisioner": "csi.example.com",
        }

    play(tmp_path, scenario)


def test_a_claim_without_class_gets_the_default_that_comes_later(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await api.client.create(CLAIMS, claim(cls=None))
        default = storage_class()
        default["metadata"]["annotations"] = {"storageclass.kubernetes.io/is-default-class": "true"}
        await api.client.create(STORAGECLASSES, default)
        await api.until(CLAIMS, "c", lambda c: bool(c["spec"].get("storageClassName") == "fast"))

    play(tmp_path, scenario)
