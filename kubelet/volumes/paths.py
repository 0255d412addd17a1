"""Volumes that are a directory (or file) rather than generated files: emptyDir, hostPath, claims."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from . import memory
from .images import image
from .persistent import Origin, claimed, host_path
from .sources import Context

Object = dict[str, Any]


async def empty_dir(context: Context, pod: Object, source: Object, own: Path) -> Origin:
    if source.get("medium") == "Memory" and context.memory.is_dir():
        path = in_memory(context, pod["metadata"]["uid"]) / own.name
        return Origin(memory.lay_out(path, memory.size_of(pod, source)), True)
    return Origin(_directory(own), True)


def in_memory(context: Context, uid: str) -> Path:
    """Where a pod's volumes in memory are."""
    return context.memory / f"wherry-{uid}"


def _directory(own: Path) -> Path:
    """One that is there keeps the mode and the group that its pod has given it."""
    if not own.is_dir():
        own.mkdir(parents=True)
        own.chmod(0o777)
    return own


async def path_of_host(context: Context, pod: Object, source: Object, own: Path) -> Origin:
    return Origin(host_path(source), False)


async def claim(context: Context, pod: Object, source: Object, own: Path) -> Origin:
    """Under the name that the pod has for it, the last part of `own`."""
    found = await claimed(context, pod, own.name, source["claimName"])
    return found._replace(read_only=found.read_only or bool(source.get("readOnly")))


async def ephemeral(context: Context, pod: Object, source: Object, own: Path) -> Origin:
    """The claim that was made for this volume (the last part of `own`) of this pod."""
    return await claimed(context, pod, own.name, f"{pod['metadata']['name']}-{own.name}", ephemeral=True)


PathReader = Callable[[Context, Object, Object, Path], Awaitable[Origin]]
PATHS: dict[str, PathReader] = {
    "emptyDir": empty_dir,
    "hostPath": path_of_host,
    "persistentVolumeClaim": claim,
    "ephemeral": ephemeral,
    "image": image,
}
