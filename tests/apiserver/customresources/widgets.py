"""Definitions for tests, and waiting for what the server makes of them."""

from __future__ import annotations

from typing import Any

from ..harness import Api, Object

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GROUP = "example.com"
ROOT = f"/apis/{GROUP}"
WIDGETS = f"{ROOT}/v1/namespaces/default/widgets"
ANYTHING: Object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def version(name: str = "v1", *, storage: bool = True, schema: Object | None = None, **more: Any) -> Object:
    found = {"openAPIV3Schema": schema or ANYTHING}
    return {"name": name, "served": True, "storage": storage, "schema": found, **more}


def spec_of(**properties: Object) -> Object:
    """A schema whose `spec` has these properties."""
    return {"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}}


def definition(
    *versions: Object, plural: str = "widgets", names: Object | None = None, group: str = GROUP, **spec: Any
) -> Object:
    kind = {"widgets": "Widget", "gadgets": "Gadget"}.get(plural, plural.capitalize())
    return {
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": kind, **(names or {})},
            "versions": list(versions) or [version()],
            **spec,
        },
    }


def condition(obj: Object, kind: str) -> Object:
    found = (obj.get("status") or {}).get("conditions") or []
    return next((c for c in found if c["type"] == kind), {})


async def judged(api: Api, name: str = f"widgets.{GROUP}") -> Object:
    """The definition once its names were decided."""
    revision = (await api.get(f"{DEFINITIONS}/{name}")).json["metadata"]["resourceVersion"]
    watched = (
        f"{DEFINITIONS}?watch=1&fieldSelector=metadata.name%3D{name}&resourceVersion={int(revision) - 1}"
    )
    async with api.watch(watched) as stream:
        while True:
            _, obj = await stream.event()
            if condition(obj, "Established"):
                return obj


async def define(api: Api, obj: Object | None = None) -> Object:
    """Creates a definition and waits until it is served (or refused)."""
    made = await api.create(DEFINITIONS, obj or definition())
    return await judged(api, made["metadata"]["name"])


async def change(api: Api, patch: Any, name: str = f"widgets.{GROUP}") -> Object:
    return await api.patch(f"{DEFINITIONS}/{name}", patch, "json-patch+json")


def widget(name: str = "a", api_version: str = f"{GROUP}/v1", **fields: Any) -> Object:
    return {"apiVersion": api_version, "kind": "Widget", "metadata": {"name": name}, **fields}
