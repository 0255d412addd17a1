"""Gives a target its size."""

from __future__ import annotations

from typing import Any

from ...apimachinery.errors import StatusError, is_reason
from ...apimachinery.gvk import GroupVersionResource
from ...client.client import Client

Object = dict[str, Any]


async def resize(client: Client, r: GroupVersionResource, scale: Object, wanted: int) -> None:
    """Writes `wanted` into a Scale as it was read. Raises StatusError.

    An autoscaler is often made right after its target, whose own controller writes the status just then: that
    is no reason to tell of a failure while the size is the one the decision was made on.
    """
    name, namespace = scale["metadata"]["name"], scale["metadata"]["namespace"]
    try:
        await client.update(r, _of_size(scale, wanted), namespace, subresource="scale")
    except StatusError as error:
        if not is_reason(error, "Conflict"):
            raise
        now = await client.get(r, name, namespace, subresource="scale")
        if now["spec"] != scale["spec"] or now["metadata"].get("uid") != scale["metadata"].get("uid"):
            raise
        await client.update(r, _of_size(now, wanted), namespace, subresource="scale")


def _of_size(scale: Object, wanted: int) -> Object:
    return {**scale, "spec": {**scale["spec"], "replicas": wanted}}
