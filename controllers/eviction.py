"""Taking pods off nodes: the condition that tells why, then the deletion."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..apimachinery.clock import rfc3339
from ..apimachinery.errors import StatusError
from ..client.client import Client
from ..client.resources import PODS
from . import conditions

Object = dict[str, Any]


def disruption(pod: Object, reason: str, message: str, now: datetime) -> Object:
    """The condition DisruptionTarget; a pod that was one already keeps since when."""
    known = conditions.find(pod.get("status", {}).get("conditions"), "DisruptionTarget") or {}
    generation = pod["metadata"].get("generation", 0)
    return {
        "type": "DisruptionTarget",
        **({"observedGeneration": generation} if generation else {}),
        "status": "True",
        "reason": reason,
        "message": message,
        "lastTransitionTime": known["lastTransitionTime"] if known.get("status") == "True" else rfc3339(now),
    }


async def evict(client: Client, pod: Object, reason: str, message: str, now: datetime) -> None:
    """Sets the condition DisruptionTarget, then deletes this very pod; one that is gone is fine."""
    known = conditions.find(pod.get("status", {}).get("conditions"), "DisruptionTarget") or {}
    wanted = disruption(pod, reason, message, now)
    if any(known.get(name) != wanted[name] for name in ("status", "reason", "message")):
        try:
            await patch_status(client, pod, {"conditions": [wanted]})
        except StatusError as error:
            if error.code != 404:
                raise
    await delete(client, pod)


async def patch_status(client: Client, pod: Object, status: Object) -> None:
    """Merges into the status of this very pod; its conditions stay in their order, new ones follow."""
    meta = pod["metadata"]
    if "conditions" in status:
        known = [*((pod.get("status") or {}).get("conditions") or ()), *status["conditions"]]
        order = [{"type": name} for name in dict.fromkeys(condition["type"] for condition in known)]
        status = {**status, "$setElementOrder/conditions": order}
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
