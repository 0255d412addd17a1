"""All volumes of a pod: set up, refreshed, mounted, torn down."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from collections.abc import Container
from pathlib import Path
from typing import Any

from ..env.expand import expand
from ..runtime.contract import Mount
from ..worker.host import Waits
from . import atomic, memory, ownership
from .paths import PATHS, in_memory
from .persistent import Origin
from .sources import FILES, Context

Object = dict[str, Any]


class VolumeManager:
    """See `worker.host.Volumes`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._origins: dict[tuple[str, str], Origin] = {}

    async def set_up(self, pod: Object, directory: Path) -> None:
        for volume in pod["spec"].get("volumes") or []:
            try:
                await self._one(pod, volume, directory)
            except Waits as waits:
                text = f'MountVolume.SetUp failed for volume "{volume["name"]}" : {waits.message}'
                raise Waits("FailedMount", text) from waits
            except OSError as error:
                text = f'MountVolume.SetUp failed for volume "{volume["name"]}" : {error}'
                raise Waits("FailedMount", text) from error

    async def _one(self, pod: Object, volume: Object, directory: Path) -> None:
        name, uid = volume["name"], pod["metadata"]["uid"]
        kind = next((k for k in volume if k != "name"), "emptyDir")
        source = volume.get(kind) or {}
        own = directory / "volumes" / kind / name
        if kind in FILES:
            mode = source.get("defaultMode", 0o644)
            files = await FILES[kind](self._context, pod, source, mode)
            if _group(pod) is not None:
                files = {
                    path: file._replace(mode=file.mode | ownership.GROUP_READ) for path, file in files.items()
                }
            stamp = self._context.clock.now().strftime("%Y_%m_%d_%H_%M_%S.%f")
            if atomic.write(own, files, stamp):
                await _share(pod, own, read_only=True)
            self._origins[uid, name] = Origin(own, True, True)
        elif kind in PATHS:
            origin = await PATHS[kind](self._context, pod, source, own)
            if origin.owned and (uid, name) not in self._origins:
                await _share(pod, origin.path, read_only=origin.read_only)
            self._origins[uid, name] = origin
        else:
            raise Waits("FailedMount", f"no volume plugin matched: {kind}")

    def mounts(self, pod: Object, container: Object, env: dict[str, str]) -> list[Mount]:
        """In the order of their paths, so that a mount inside another one comes after it."""
        found = []
        for mount in container.get("volumeMounts") or []:
            path, _, read_only = self._origins[pod["metadata"]["uid"], mount["name"]]
            inside = mount.get("subPath") or expand(mount.get("subPathExpr") or "", env)
            if inside:
                path = _sub_path(path, inside, mount["name"], container["name"])
            read_only = read_only or bool(mount.get("readOnly"))
            found.append(Mount(mount["mountPath"], str(path.absolute()), read_only))
        return sorted(found, key=lambda m: m.container_path)

    def path(self, pod: Object, name: str) -> Path | None:
        """Where a volume of the pod lies on the node, once it was set up."""
        origin = self._origins.get((pod["metadata"]["uid"], name))
        return origin.path if origin is not None else None

    async def tear_down(self, pod: Object, directory: Path) -> None:
        uid = pod["metadata"]["uid"]
        self._context.objects.release(uid)
        for key in [k for k in self._origins if k[0] == uid]:
            del self._origins[key]
        for token in [k for k in self._context.tokens if k[0] == uid]:
            del self._context.tokens[token]
        self._free(uid, directory)

    def sweep(self, folder: Path, known: Container[str]) -> None:
        """Frees what pods have left in `folder`, which has a directory by its uid for each, but those of
        `known`: they went while no kubelet was here."""
        for directory in folder.iterdir() if folder.is_dir() else ():
            if directory.name not in known:
                self._free(directory.name, directory)

    def _free(self, uid: str, directory: Path) -> None:
        shutil.rmtree(directory, ignore_errors=True)
        memory.remove(in_memory(self._context, uid))

    def close(self) -> None:
        """The node goes down: what was in memory is lost, as on a machine that is switched off."""
        for uid in {uid for uid, _ in self._origins}:
            memory.remove(in_memory(self._context, uid))


def _group(pod: Object) -> int | None:
    return (pod["spec"].get("securityContext") or {}).get("fsGroup")


async def _share(pod: Object, path: Path, *, read_only: bool) -> None:
    """Gives a volume's files to the pod's fsGroup; there may be many."""
    group, policy = _group(pod), (pod["spec"].get("securityContext") or {}).get("fsGroupChangePolicy")
    if group is not None:
        lazy = policy == "OnRootMismatch"
        await asyncio.to_thread(ownership.give, path, group, read_only=read_only, on_mismatch=lazy)


def _sub_path(origin: Path, inside: str, volume: str, container: str) -> Path:
    """A path inside a volume, never outside of it; when it is not there it is made, each directory as open as
    the volume."""
    path = Path(os.path.normpath(origin / inside))
    # A container can put links into a volume that it writes to; those must not lead out of it either.
    if origin not in path.parents or not path.resolve().is_relative_to(origin.resolve()):
        text = f'failed to prepare subPath for volumeMount "{volume}" of container "{container}"'
        raise Waits("CreateContainerConfigError", text)
    mode = stat.S_IMODE(origin.stat().st_mode)
    for folder in [each for each in (*reversed(path.parents), path) if not each.exists()]:
        folder.mkdir()
        folder.chmod(mode)
    return path.resolve()
