"""Since when a Service's endpoints are due to change: what latency is measured from.

Source: upstream's endpoint TriggerTimeTracker.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import conditions

Object = dict[str, Any]

ANNOTATION = "endpoints.kubernetes.io/last-change-trigger-time"


class TriggerTimes:
    """Remembers, by Service, what it was told last; times are RFC 3339 texts, which sort."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, dict[str, str]]] = {}

    def forget(self, key: str) -> None:
        self._known.pop(key, None)

    def since(self, key: str, service: Object, pods: Iterable[Object]) -> str:
        """The earliest of what is new: the Service, or a pod that became ready or unready. Else empty. Of a
        Service not heard of before it is when it was made, however old its pods are."""
        created, before = self._known.get(key, ("", {}))
        now = {str(pod["metadata"]["name"]): _turned(pod) for pod in pods}
        fresh = [when for name, when in now.items() if when > before.get(name, "")]
        made = str(service["metadata"].get("creationTimestamp") or "")
        if made > created:
            fresh.append(made)
        is_known = key in self._known
        self._known[key] = (made, now)
        return min(fresh, default="") if is_known else made


def mark(obj: Object, since: str) -> None:
    """Writes it to the annotations of what is about to be written; what is old goes."""
    notes = {k: v for k, v in (obj["metadata"].get("annotations") or {}).items() if k != ANNOTATION}
    if since:
        notes[ANNOTATION] = since
    obj["metadata"] = {k: v for k, v in obj["metadata"].items() if k != "annotations"}
    if notes:
        obj["metadata"]["annotations"] = notes


def _turned(pod: Object) -> str:
    ready = conditions.find((pod.get("status") or {}).get("conditions"), "Ready") or {}
    return str(ready.get("lastTransitionTime") or "")
