"""The APIServices as the aggregator needs them, kept from the watch cache."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import NamedTuple

from ..callout.target import HTTPS, Service
from ..registry.strategy import Object
from ..storage.change import Change
from ..storage.watch_cache import WatchCache

AVAILABLE = "Available"

GroupVersion = tuple[str, str]


class ApiService(NamedTuple):
    """An APIService taken apart. `backend` is None when this server answers by itself."""

    name: str
    group: str
    version: str
    backend: Service | None
    ca: bytes
    insecure: bool
    group_priority: int
    version_priority: int
    available: bool
    reason: str
    """Why it is available, or not."""

    @property
    def group_version(self) -> GroupVersion:
        return self.group, self.version

    @property
    def path(self) -> str:
        """The path of its discovery document."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    @property
    def connection(self) -> tuple[Service | None, bytes, bool]:
        """What is to be checked again when it changes."""
        return self.backend, self.ca, self.insecure


def condition_of(obj: Object) -> Object | None:
    """The Available condition."""
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return next((c for c in conditions if c.get("type") == AVAILABLE), None)


def parse(obj: Object) -> ApiService:
    spec = obj.get("spec") or {}
    named = spec.get("service")
    backend = None
    if named is not None:
        backend = Service(named.get("namespace", ""), named.get("name", ""), named.get("port") or HTTPS)
    condition = condition_of(obj) or {}
    return ApiService(
        obj["metadata"]["name"],
        spec.get("group", ""),
        spec.get("version", ""),
        backend,
        _bundle(spec.get("caBundle") or ""),
        bool(spec.get("insecureSkipTLSVerify")),
        int(spec.get("groupPriorityMinimum", 0)),
        int(spec.get("versionPriority", 0)),
        condition.get("status") == "True",
        condition.get("reason", ""),
    )


def _bundle(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


Listener = Callable[[ApiService | None, ApiService | None], None]
"""Called with an APIService before and after a change; None where there is none."""


class ApiServices:
    """All APIServices by group and version; `remote` holds those that another server answers for."""

    def __init__(self, cache: WatchCache) -> None:
        self.all: dict[GroupVersion, ApiService] = {}
        self.remote: dict[GroupVersion, ApiService] = {}
        self._listeners: list[Listener] = []
        for entry in cache.entries():
            self._put(parse(entry.obj))
        cache.listen(self._take)

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def of(self, backend: tuple[str, str]) -> list[ApiService]:
        """The APIServices behind a Service (namespace, name)."""
        return [s for s in self.remote.values() if s.backend and s.backend[:2] == backend]

    def _take(self, change: Change) -> None:
        before = parse(change.previous.obj) if change.previous else None
        after = parse(change.entry.obj) if change.entry else None
        if before is not None and (after is None or after.group_version != before.group_version):
            self.all.pop(before.group_version, None)
            self.remote.pop(before.group_version, None)
        if after is not None:
            self._put(after)
        for listener in self._listeners:
            listener(before, after)

    def _put(self, service: ApiService) -> None:
        self.all[service.group_version] = service
        if service.backend is None:
            self.remote.pop(service.group_version, None)
        else:
            self.remote[service.group_version] = service
