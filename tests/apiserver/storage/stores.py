"""The backends that the storage tests run on, and small makers of objects."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from wherry.apimachinery.clock import FakeClock
from wherry.apiserver.storage.contract import Store
from wherry.apiserver.storage.memory import MemoryStore
from wherry.apiserver.storage.sqlite import SqliteStore
from wherry.apiserver.storage.storage import Storage

BACKENDS = ("memory", "sqlite")

_number = itertools.count()


def make(backend: str, folder: Path, clock: FakeClock | None = None) -> Store:
    """A new, empty store."""
    clock = clock or FakeClock()
    if backend == "memory":
        return MemoryStore(clock)
    return SqliteStore.open(folder / f"{next(_number)}.db", clock)


@asynccontextmanager
async def opened(backend: str, folder: Path, clock: FakeClock | None = None) -> AsyncIterator[Storage]:
    """A storage on a new store, closed at the end."""
    clock = clock or FakeClock()
    storage = await Storage.open(make(backend, folder, clock), clock)
    try:
        yield storage
    finally:
        await storage.close()


def config_map(name: str, namespace: str = "default", **labels: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "resourceVersion": "", "labels": labels}
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata, "data": {"k": "v"}}
