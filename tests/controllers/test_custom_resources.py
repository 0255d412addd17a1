"""Custom resources are owners, dependents, counted, and gone with their namespace, like any other object."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from wherry.apimachinery.gvk import GroupVersionResource
from wherry.client.resources import CONFIGMAPS, NAMESPACES, RESOURCEQUOTAS
from wherry.client.resources import CUSTOMRESOURCEDEFINITIONS as DEFINITIONS

from tests.controllers.cluster import Cluster, cluster
from tests.support import run

Object = dict[str, Any]
WIDGETS = GroupVersionResource("example.com", "v1", "widgets")
SCHEMA = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
DEFINITION: Object = {
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": SCHEMA}],
    },
}


def widget(name: str, namespace: str = "default", **meta: Any) -> Object:
    return {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": name, "namespace": namespace, **meta},
    }


def established(obj: Object) -> bool:
    conditions = (obj.get("status") or {}).get("conditions") or []
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)


@asynccontextmanager
async def with_widgets(directory: Path, *controllers: str, **more: Any) -> AsyncIterator[Cluster]:
    async with cluster(directory, *controllers, **more) as api:
        await api.client.create(DEFINITIONS, DEFINITION)
        await api.until(DEFINITIONS, "widgets.example.com", established)
        yield api


def test_they_go_with_their_namespace(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with with_widgets(tmp_path, "namespace-controller", namespace_deletion_grace_period=0) as api:
            await api.client.create(NAMESPACES, {"kind": "Namespace", "metadata": {"name": "gone"}})
            await api.client.create(WIDGETS, widget("a", "gone"))
            await api.client.delete(NAMESPACES, "gone")
            await api.until(NAMESPACES, "gone", lambda found: not found)
            await api.until(WIDGETS, "a", lambda found: not found, "gone")

    run(scenario())


def test_what_they_own_goes_with_them(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with with_widgets(tmp_path, "garbage-collector-controller") as api:
            made = await api.client.create(WIDGETS, widget("owner"))
            uid = made["metadata"]["uid"]
            reference = {"apiVersion": "example.com/v1", "kind": "Widget", "name": "owner", "uid": uid}
            metadata = {"name": "child", "namespace": "default", "ownerReferences": [reference]}
            child = {"kind": "ConfigMap", "metadata": metadata}
            await api.client.create(CONFIGMAPS, child)
            await api.client.create(WIDGETS, widget("younger", ownerReferences=[reference]))
            await api.client.delete(WIDGETS, "owner", "default")
            await api.until(CONFIGMAPS, "child", lambda found: not found)
            await api.until(WIDGETS, "younger", lambda found: not found)

    run(scenario())


def test_a_kind_that_comes_back_is_collected_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with with_widgets(tmp_path, "garbage-collector-controller") as api:
            await collected(api, WIDGETS)
            again = {**DEFINITION, "spec": {**DEFINITION["spec"], "scope": "Cluster"}}
            await api.client.create(DEFINITIONS, again)
            await api.until(DEFINITIONS, "widgets.example.com", established)
            await collected(api, WIDGETS._replace(namespaced=False))

    run(scenario())


async def collected(api: Cluster, kind: GroupVersionResource) -> None:
    """A dependent goes with its owner, another one with its owner's whole kind."""
    for name in ("one", "other"):
        metadata: dict[str, Any] = {"name": name} | ({"namespace": "default"} if kind.namespaced else {})
        owner = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata}
        uid = (await api.client.create(kind, owner))["metadata"]["uid"]
        reference = {"apiVersion": "example.com/v1", "kind": "Widget", "name": name, "uid": uid}
        metadata = {"name": name, "namespace": "default", "ownerReferences": [reference]}
        await api.client.create(CONFIGMAPS, {"kind": "ConfigMap", "metadata": metadata})
    await api.client.delete(kind, "one", "default" if kind.namespaced else "")
    await api.until(CONFIGMAPS, "one", lambda found: not found)
    await api.client.delete(DEFINITIONS, "widgets.example.com")
    await api.until(CONFIGMAPS, "other", lambda found: not found)
    await api.until(DEFINITIONS, "widgets.example.com", lambda found: not found)


def test_quotas_count_them(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with with_widgets(tmp_path, "resourcequota-controller") as api:
            hard = {"count/widgets.example.com": "3"}
            quota = {"kind": "ResourceQuota", "metadata": {"name": "q", "namespace": "default"}}
            await api.client.create(WIDGETS, widget("a"))
            await api.client.create(RESOURCEQUOTAS, {**quota, "spec": {"hard": hard}})
            await api.until(
                RESOURCEQUOTAS,
                "q",
                lambda found: found["status"].get("used") == {"count/widgets.example.com": "1"},
            )

    run(scenario())
