"""Taking pods off nodes: the condition that tells why, then the deletion."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..apimachinery.clock import rfc3339
from ..apimachinery.errors import StatusError
from ..client.client import Client
from ..client.resources import PODS
from . import conditions
from . import pods as podlib

Object = dict[str, Any]


async def mark_disrupted(
    client: Client, pod: Object, reason: str, message: str, now: datetime, *, fail: bool = False
) -> None:
    """Sets the condition DisruptionTarget, and the phase Failed when nobody else can any more."""
    meta = pod["metadata"]
    status: Object = {}
    if conditions.find(pod.get("status", {}).get("conditions"), "DisruptionTarget") is None:
        condition = {
            "type": "DisruptionTarget",
            "status": "True",
            "reason": reason,
            "message": message,
            "lastTransitionTime": rfc3339(now),
        }
        status["conditions"] = [condition]
    if fail and not podlib.is_finished(pod):
        status["phase"] = "Failed"
    if not status:
        return
    patch = {"metadata": {"uid": meta["uid"]}, "status": status}
    await client.patch(PODS, meta["name"], patch, meta["namespace"], kind="strategic", subresource="status")


async def delete(client: Client, pod: Object, *, grace: int | None = None) -> None:
    """Deletes this very pod; one that is gone is fine."""
    meta = pod["metadata"]
    try:
        await client.delete(PODS, meta["name"], meta["namespace"], uid=meta["uid"], grace=grace)
    except StatusError as error:
        if error.code not in (404, 409):
            raise
