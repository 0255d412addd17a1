"""Stand-ins for what a controller writes to."""

from __future__ import annotations

from typing import Any, cast

from wherry.client.client import Client
from wherry.client.events import EventRecorder

Object = dict[str, Any]


class Writes:
    """Takes every update as it is. `updates`: (name, spec.replicas) in order; `events`: (reason, message)."""

    def __init__(self) -> None:
        self.updates: list[tuple[str, int]] = []
        self.events: list[tuple[str, str]] = []

    @property
    def client(self) -> Client:
        return cast(Client, self)

    @property
    def recorder(self) -> EventRecorder:
        return cast(EventRecorder, self)

    async def update(self, r: object, obj: Object, namespace: str = "", *, subresource: str = "") -> Object:
        self.updates.append((obj["metadata"]["name"], obj["spec"]["replicas"]))
        return obj

    def event(self, obj: Object, kind: str, reason: str, message: str, **more: object) -> None:
        self.events.append((reason, message))
