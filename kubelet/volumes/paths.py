"""Volumes that are a directory (or file) rather than generated files: emptyDir, hostPath,
PersistentVolumeClaim."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ...client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES
from ..worker.host import Waits
from .sources import Context

Object = dict[str, Any]


TYPES: dict[str, tuple[str, Callable[[Path], bool]]] = {
    "Directory": ("directory", Path.is_dir),
    "DirectoryOrCreate": ("directory", Path.is_dir),
    "File": ("file", Path.is_file),
    "FileOrCreate": ("file", Path.is_file),
    "Socket": ("socket file", Path.is_socket),
    "CharDevice": ("character device", Path.is_char_device),
    "BlockDevice": ("block device", Path.is_block_device),
}


async def empty_dir(context: Context, pod: Object, source: Object, own: Path) -> Path:
    return _directory(own)


def _directory(own: Path) -> Path:
    own.mkdir(parents=True, exist_ok=True)
    own.chmod(0o777)
    return own


async def host_path(context: Context, pod: Object, source: Object, own: Path) -> Path:
    return _checked(Path(source["path"]), source.get("type") or "")


def _checked(path: Path, kind: str) -> Path:
    """A path of the node, made or tested as its hostPath type says."""
    if kind in ("", "DirectoryOrCreate") and not path.exists():
        path.mkdir(parents=True)
    elif kind == "FileOrCreate" and not path.exists():
        path.touch()
    if kind in TYPES and not TYPES[kind][1](path):
        raise Waits("FailedMount", f"hostPath type check failed: {path} is not a {TYPES[kind][0]}")
    return path


async def claim(context: Context, pod: Object, source: Object, own: Path) -> Path:
    """A bound claim whose volume is a path of this node (hostPath or local)."""
    name, namespace = source["claimName"], pod["metadata"]["namespace"]
    found = await context.objects.get(PERSISTENTVOLUMECLAIMS, namespace, name)
    if found is None:
        raise Waits("FailedMount", f'persistentvolumeclaim "{name}" not found')
    volume_name = found["spec"].get("volumeName")
    if not volume_name or (found.get("status") or {}).get("phase") != "Bound":
        raise Waits("FailedMount", f"PVC {namespace}/{name} is not bound")
    volume = await context.objects.get(PERSISTENTVOLUMES, "", volume_name)
    if volume is None:
        raise Waits("FailedMount", f'persistentvolume "{volume_name}" not found')
    spec = volume["spec"]
    origin = spec.get("hostPath") or spec.get("local")
    if origin is None:
        raise Waits("FailedMount", f"no volume plugin for persistentvolume {volume_name}")
    return _checked(Path(origin["path"]), "")


PathReader = Callable[[Context, Object, Object, Path], Awaitable[Path]]
PATHS: dict[str, PathReader] = {"emptyDir": empty_dir, "hostPath": host_path, "persistentVolumeClaim": claim}
