"""Claims for devices: made from templates, freed after their pods."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from wherry.apimachinery.resource_claims import FINALIZER
from wherry.client.resources import EVENTS, PODS, SERVICEACCOUNTS
from wherry.client.resources import RESOURCECLAIMS as CLAIMS
from wherry.client.resources import RESOURCECLAIMTEMPLATES as TEMPLATES
from wherry.controllers.resourceclaim import ResourceClaimController, _base

from tests.controllers.cluster import Cluster, cluster
from tests.support import run

Object = dict[str, Any]
DEVICES = {"devices": {"requests": [{"name": "r", "exactly": {"deviceClassName": "gpu"}}]}}


def play(folder: Path, scenario: Callable[[Cluster], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with cluster(folder, ResourceClaimController.name) as api:
            account = {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "default"}}
            await api.client.create(SERVICEACCOUNTS, account)
            await scenario(api)

    run(whole())


async def pod(api: Cluster, **entry: str) -> Object:
    spec = {"containers": [{"name": "c", "image": "i"}], "resourceClaims": [{"name": "dev", **entry}]}
    meta = {"name": "p", "namespace": "default"}
    return await api.client.create(PODS, {"kind": "Pod", "metadata": meta, "spec": spec})


async def template(api: Cluster) -> None:
    spec = {"metadata": {"labels": {"made": "yes"}}, "spec": DEVICES}
    meta = {"name": "t", "namespace": "default"}
    await api.client.create(TEMPLATES, {"kind": "ResourceClaimTemplate", "metadata": meta, "spec": spec})


async def reserved(api: Cluster, user: Object) -> None:
    """The claim `c`, allocated and reserved for the pod."""
    meta = {"name": "c", "namespace": "default", "finalizers": [FINALIZER]}
    claim = {"kind": "ResourceClaim", "metadata": meta, "spec": DEVICES}
    claim = await api.client.create(CLAIMS, claim)
    results = [{"request": "r", "driver": "gpu.example.com", "pool": "a", "device": "d0"}]
    ref = {"resource": "pods", "name": "p", "uid": user["metadata"]["uid"]}
    status = {"allocation": {"devices": {"results": results}}, "reservedFor": [ref]}
    await api.client.update(CLAIMS, {**claim, "status": status}, subresource="status")


def names(found: Object) -> list[Object]:
    listed: list[Object] = (found.get("status") or {}).get("resourceClaimStatuses") or []
    return listed


def freed(claim: Object) -> bool:
    return not claim["status"].get("reservedFor") and FINALIZER not in claim["metadata"].get("finalizers", ())


def test_a_template_becomes_a_claim_of_the_pod(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await template(api)
        owner = await pod(api, resourceClaimTemplateName="t")
        told = await api.until(PODS, "p", lambda p: bool(names(p)))
        (claim,) = await api.until_list(CLAIMS, bool)
        assert names(told) == [{"name": "dev", "resourceClaimName": claim["metadata"]["name"]}]
        assert claim["metadata"]["generateName"] == "p-dev-"
        assert claim["metadata"]["labels"] == {"made": "yes"}
        assert claim["metadata"]["annotations"] == {"resource.kubernetes.io/pod-claim-name": "dev"}
        assert claim["metadata"]["ownerReferences"][0]["uid"] == owner["metadata"]["uid"]

    play(tmp_path, scenario)


def test_a_template_that_comes_later_is_said_and_used(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await pod(api, resourceClaimTemplateName="t")
        (event,) = await api.until_list(EVENTS, bool)
        assert event["reason"] == "FailedResourceClaimCreation"
        await template(api)
        await api.until(PODS, "p", lambda p: bool(names(p)))

    play(tmp_path, scenario)


@pytest.mark.parametrize("ended", [True, False])
def test_devices_are_free_after_the_pod(tmp_path: Path, ended: bool) -> None:
    async def scenario(api: Cluster) -> None:
        user = await pod(api, resourceClaimName="c")
        await reserved(api, user)
        if ended:
            done = {"status": {"phase": "Succeeded"}}
            await api.client.patch(PODS, "p", done, "default", subresource="status")
        else:
            await api.client.delete(PODS, "p", "default", grace=0)
        claim = await api.until(CLAIMS, "c", freed)
        assert "allocation" not in claim["status"]

    play(tmp_path, scenario)


def test_the_claim_of_a_pod_that_ended_goes(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        await template(api)
        await pod(api, resourceClaimTemplateName="t")
        await api.until(PODS, "p", lambda p: bool(names(p)))
        done = {"status": {"phase": "Failed"}}
        await api.client.patch(PODS, "p", done, "default", subresource="status")
        await api.until_list(CLAIMS, lambda found: not found)

    play(tmp_path, scenario)


def test_a_pod_bound_past_the_scheduler_becomes_a_user_of_its_allocated_claim(tmp_path: Path) -> None:
    async def scenario(api: Cluster) -> None:
        meta = {"name": "c", "namespace": "default", "finalizers": [FINALIZER]}
        claim = await api.client.create(CLAIMS, {"kind": "ResourceClaim", "metadata": meta, "spec": DEVICES})
        results = [{"request": "r", "driver": "gpu.example.com", "pool": "a", "device": "d0"}]
        status = {"allocation": {"devices": {"results": results}}}
        await api.client.update(CLAIMS, {**claim, "status": status}, subresource="status")
        entry = [{"name": "dev", "resourceClaimName": "c"}]
        spec = {"containers": [{"name": "c", "image": "i"}], "resourceClaims": entry, "nodeName": "n"}
        bound = {"kind": "Pod", "metadata": {"name": "p", "namespace": "default"}, "spec": spec}
        await api.client.create(PODS, bound)
        claim = await api.until(CLAIMS, "c", lambda c: bool(c["status"].get("reservedFor")))
        assert claim["status"]["reservedFor"][0]["name"] == "p"

    play(tmp_path, scenario)


def test_long_names_are_cut_in_proportion() -> None:
    assert _base("p", "dev") == "p-dev-"
    assert _base("p" * 60, "d" * 30) == "p" * 37 + "-" + "d" * 18 + "-"
