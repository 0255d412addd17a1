"""Waits for an object's end."""

from __future__ import annotations

from ..apimachinery.gvk import GroupVersionResource
from ..client.client import Client
from ..client.watch import DELETED


async def until_gone(client: Client, r: GroupVersionResource, name: str, namespace: str, uid: str) -> None:
    """Returns once no object of that name has `uid`."""
    selector = f"metadata.name={name}"
    while True:
        found = await client.list(r, namespace, field_selector=selector)
        if not any(item["metadata"]["uid"] == uid for item in found["items"]):
            return
        version = found["metadata"]["resourceVersion"]
        async for event in client.watch(r, namespace, resource_version=version, field_selector=selector):
            if event.type == DELETED and event.object["metadata"]["uid"] == uid:
                return
