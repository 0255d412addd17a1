"""What is in use stays until it no longer is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from wherry.client.resources import PERSISTENTVOLUMECLAIMS as CLAIMS
from wherry.client.resources import PERSISTENTVOLUMES as VOLUMES
from wherry.client.resources import PODS, SERVICEACCOUNTS
from wherry.client.resources import VOLUMEATTRIBUTESCLASSES as CLASSES
from wherry.controllers.protection import AttributesClassProtection, ClaimProtection, VolumeProtection

from tests.controllers.cluster import Cluster, cluster
from tests.support import run

Object = dict[str, Any]


def claim(**spec: Any) -> Object:
    size = {"requests": {"storage": "1Gi"}}
    meta = {"name": "c", "namespace": "default"}
    return {
        "kind": "PersistentVolumeClaim",
        "metadata": meta,
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": size, **spec},
    }


async def pod(api: Cluster, node: str) -> None:
    account = {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "default"}}
    await api.client.create(SERVICEACCOUNTS, account)
    volume = {"name": "v", "persistentVolumeClaim": {"claimName": "c"}}
    spec = {"containers": [{"name": "c", "image": "i"}], "volumes": [volume], "nodeName": node}
    await api.client.create(
        PODS, {"kind": "Pod", "metadata": {"name": "p", "namespace": "default"}, "spec": spec}
    )


def deleting(obj: Object) -> bool:
    return "deletionTimestamp" in obj.get("metadata", {})


def test_an_unused_claim_goes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, ClaimProtection.name) as api:
            await api.client.create(CLAIMS, claim())
            await api.client.delete(CLAIMS, "c", "default")
            await api.until(CLAIMS, "c", lambda c: not c)

    run(scenario())


def test_a_claim_waits_for_the_pod_that_uses_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, ClaimProtection.name) as api:
            await api.client.create(CLAIMS, claim())
            await pod(api, "n")
            await api.client.delete(CLAIMS, "c", "default")
            while not api.manager.idle:
                await api.until(CLAIMS, "c", deleting)
            await api.until(CLAIMS, "c", deleting)
            await api.client.delete(PODS, "p", "default", grace=0)
            await api.until(CLAIMS, "c", lambda c: not c)

    run(scenario())


def test_a_removed_finalizer_comes_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, ClaimProtection.name) as api:
            await api.client.create(CLAIMS, claim())
            await api.client.patch(CLAIMS, "c", {"metadata": {"finalizers": None}}, "default")
            await api.until(CLAIMS, "c", lambda c: bool(c["metadata"].get("finalizers")))

    run(scenario())


@pytest.mark.parametrize("phase", ["Bound", "Released"])
def test_a_bound_volume_waits(tmp_path: Path, phase: str) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, VolumeProtection.name) as api:
            spec = {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteOnce"],
                "hostPath": {"path": "/x"},
            }
            await api.client.create(
                VOLUMES, {"kind": "PersistentVolume", "metadata": {"name": "v"}, "spec": spec}
            )
            await api.client.patch(VOLUMES, "v", {"status": {"phase": phase}}, subresource="status")
            await api.client.delete(VOLUMES, "v")
            if phase == "Bound":
                await api.until(VOLUMES, "v", deleting)
                await api.client.patch(VOLUMES, "v", {"status": {"phase": "Released"}}, subresource="status")
            await api.until(VOLUMES, "v", lambda v: not v)

    run(scenario())


def test_a_class_waits_for_its_claims(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, AttributesClassProtection.name, ClaimProtection.name) as api:
            made = {"kind": "VolumeAttributesClass", "metadata": {"name": "fast"}, "driverName": "d.example"}
            await api.client.create(CLASSES, {**made, "parameters": {"k": "v"}})
            await api.client.create(CLAIMS, claim(volumeAttributesClassName="fast"))
            await api.client.delete(CLASSES, "fast")
            await api.until(CLASSES, "fast", deleting)
            await api.client.delete(CLAIMS, "c", "default")
            await api.until(CLASSES, "fast", lambda c: not c)

    run(scenario())
