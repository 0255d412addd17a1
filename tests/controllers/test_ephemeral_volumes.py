"""Pods' ephemeral volumes get claims of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wherry.client.resources import EVENTS, PODS, SERVICEACCOUNTS
from wherry.client.resources import PERSISTENTVOLUMECLAIMS as CLAIMS
from wherry.controllers.volume.ephemeral import EphemeralVolumeController

from tests.controllers.cluster import Cluster, cluster
from tests.controllers.volumes import claim
from tests.support import run

Object = dict[str, Any]


async def start(api: Cluster) -> Object:
    account = {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "default"}}
    await api.client.create(SERVICEACCOUNTS, account)
    template = {"metadata": {"labels": {"l": "1"}}, "spec": claim()["spec"]}
    volumes = [{"name": "e", "ephemeral": {"volumeClaimTemplate": template}}]
    spec = {"containers": [{"name": "c", "image": "i"}], "volumes": volumes}
    meta = {"name": "p", "namespace": "default"}
    return await api.client.create(PODS, {"kind": "Pod", "metadata": meta, "spec": spec})


def test_a_claim_is_made_that_belongs_to_the_pod_and_comes_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, EphemeralVolumeController.name) as api:
            pod = await start(api)
            made = await api.until(CLAIMS, "p-e", bool)
            assert made["metadata"]["labels"] == {"l": "1"}
            (owner,) = made["metadata"]["ownerReferences"]
            assert (owner["uid"], owner["controller"]) == (pod["metadata"]["uid"], True)
            await api.client.patch(CLAIMS, "p-e", {"metadata": {"finalizers": None}}, "default")
            await api.client.delete(CLAIMS, "p-e", "default")
            uid = made["metadata"]["uid"]
            await api.until(CLAIMS, "p-e", lambda c: bool(c) and c["metadata"]["uid"] != uid)

    run(scenario())


def test_a_claim_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, EphemeralVolumeController.name) as api:
            await api.client.create(CLAIMS, claim("p-e"))
            await start(api)
            (event,) = await api.until_list(EVENTS, bool)
            assert event["message"].endswith(
                "PVC default/p-e was not created for pod default/p (pod is not owner)"
            )

    run(scenario())
