"""The quota controller counts what is there and gives back what is deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apimachinery.gvk import GroupVersionResource
from wherry.client.resources import (
    CONFIGMAPS,
    CUSTOMRESOURCEDEFINITIONS,
    DEPLOYMENTS,
    DEVICECLASSES,
    PODS,
    RESOURCECLAIMS,
    RESOURCEQUOTAS,
    SERVICEACCOUNTS,
    SERVICES,
)
from wherry.controllers.resourcequota import sized

from tests.controllers.cluster import Cluster, cluster
from tests.support import run

Object = dict[str, Any]
THINGS = GroupVersionResource("x.example", "v1", "things")
DEFINITION = {
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.x.example"},
    "spec": {
        "group": "x.example",
        "scope": "Namespaced",
        "names": {"plural": "things", "kind": "Thing"},
        "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
        ],
    },
}


def quota(**hard: str) -> Object:
    names = {name.replace("__", "/").replace("_", "."): amount for name, amount in hard.items()}
    return {
        "kind": "ResourceQuota",
        "metadata": {"name": "q", "namespace": "default"},
        "spec": {"hard": names},
    }


async def used(api: Cluster, **wanted: str) -> None:
    amounts = {name.replace("__", "/").replace("_", "."): amount for name, amount in wanted.items()}
    await api.until(RESOURCEQUOTAS, "q", lambda q: q.get("status", {}).get("used") == amounts)


def obj(kind: str, name: str, **fields: Any) -> Object:
    return {"kind": kind, "metadata": {"name": name, "namespace": "default"}, **fields}


def test_usage_is_told_soon_and_follows_deletions(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, "resourcequota-controller") as api:
            await api.client.create(CONFIGMAPS, obj("ConfigMap", "before"))
            await api.client.create(RESOURCEQUOTAS, quota(count__configmaps="9", services_nodeports="3"))
            await used(api, count__configmaps="1", services_nodeports="0")
            await api.client.create(CONFIGMAPS, obj("ConfigMap", "after"))
            await used(api, count__configmaps="2", services_nodeports="0")
            await api.client.delete(CONFIGMAPS, "before", "default")
            await used(api, count__configmaps="1", services_nodeports="0")

    run(scenario())


def test_new_limits_are_counted_and_old_ones_dropped(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, "resourcequota-controller") as api:
            labels = {"app": "web"}
            template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
            spec = {"selector": {"matchLabels": labels}, "template": template}
            await api.client.create(DEPLOYMENTS, obj("Deployment", "web", spec=spec))
            await api.client.create(RESOURCEQUOTAS, quota(secrets="1", requests_cpu="1"))
            await used(api, secrets="0", requests_cpu="0")
            assert api.manager.context is not None
            # Nobody has asked for what only DeviceClasses tell.
            assert (DEVICECLASSES, "") not in api.manager.context.informers._whole
            change = {
                "spec": {
                    "hard": {
                        "secrets": None,
                        "requests.cpu": None,
                        "count/deployments.apps": "5",
                        "count/none.example.com": "1",
                    }
                }
            }
            await api.client.patch(RESOURCEQUOTAS, "q", change, "default")
            await used(api, count__deployments_apps="1")

    run(scenario())


def test_what_an_update_frees_is_given_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, "resourcequota-controller") as api:
            await api.client.create(RESOURCEQUOTAS, quota(services_nodeports="3", pods="2"))
            await used(api, services_nodeports="0", pods="0")
            spec = {"type": "NodePort", "ports": [{"port": 80}], "selector": {"a": "b"}}
            await api.client.create(SERVICES, obj("Service", "s", spec=spec))
            pod = obj("Pod", "p", spec={"containers": [{"name": "c", "image": "i"}]})
            await api.client.create(SERVICEACCOUNTS, obj("ServiceAccount", "default"))
            await api.client.create(PODS, pod)
            await used(api, services_nodeports="1", pods="1")
            await api.client.patch(SERVICES, "s", {"spec": {"type": "ClusterIP"}}, "default")
            await used(api, services_nodeports="0", pods="1")
            await api.client.patch(
                PODS, "p", {"status": {"phase": "Succeeded"}}, "default", subresource="status"
            )
            await used(api, services_nodeports="0", pods="0")

    run(scenario())


def test_custom_resources_are_counted_once_they_are_served(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, "resourcequota-controller") as api:
            body = quota(secrets="9")
            body["spec"]["hard"]["count/things.x.example"] = "1"
            await api.client.create(RESOURCEQUOTAS, body)
            await used(api, secrets="0")
            await api.client.create(CUSTOMRESOURCEDEFINITIONS, DEFINITION)
            counted = {"secrets": "0", "count/things.x.example": "0"}
            await api.until(RESOURCEQUOTAS, "q", lambda q: q["status"].get("used") == counted)
            await api.client.create(THINGS, obj("Thing", "a", apiVersion="x.example/v1"))
            with pytest.raises(StatusError, match="exceeded quota: q, requested: count/things"):
                await api.client.create(THINGS, obj("Thing", "b", apiVersion="x.example/v1"))

    run(scenario())


def test_finding_a_place_changes_no_size() -> None:
    waiting = {"containers": [{"name": "c"}], "schedulingGates": [{"name": "g"}]}
    assert sized(waiting) == sized({"containers": [{"name": "c"}], "nodeName": "n1"})
    assert sized(waiting) != sized({**waiting, "activeDeadlineSeconds": 5})


def test_claims_count_for_extended_resources(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, "resourcequota-controller") as api:
            behind = {"extendedResourceName": "example.com/gpu"}
            device_class = {"kind": "DeviceClass", "metadata": {"name": "gpu"}, "spec": behind}
            await api.client.create(DEVICECLASSES, device_class)
            one = {"name": "r", "exactly": {"deviceClassName": "gpu", "count": 2}}
            claim = obj("ResourceClaim", "c", spec={"devices": {"requests": [one]}})
            await api.client.create(RESOURCECLAIMS, claim)
            await api.client.create(RESOURCEQUOTAS, quota(requests_example_com__gpu="9"))
            await used(api, requests_example_com__gpu="2")
            await api.client.delete(RESOURCECLAIMS, "c", "default")
            await used(api, requests_example_com__gpu="0")

    run(scenario())
