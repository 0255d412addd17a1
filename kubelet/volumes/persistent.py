"""The volume of a bound claim: a path of this node (hostPath, local) or a directory made for the claim."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from ...apimachinery import volumes as rules
from ...apimachinery.node_affinity import NodeTerm
from ...client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES
from ..worker.host import Waits
from .sources import Context

Object = dict[str, Any]

MOUNT_OPTIONS = frozenset({"ro", "rw", "defaults", "noatime", "relatime", "nodiratime", "bind"})
"""What a directory can be mounted with; of these only `ro` changes what a container may do."""


class Origin(NamedTuple):
    """Where the files are. `owned`: an fsGroup applies to them."""

    path: Path
    owned: bool
    read_only: bool = False


async def claimed(
    context: Context, pod: Object, volume_of_pod: str, name: str, *, ephemeral: bool = False
) -> Origin:
    """The files of the pod's claim `name`, which the pod calls `volume_of_pod`. Raises Waits."""
    found = await _claim(context, pod, name, ephemeral)
    volume_name = found["spec"]["volumeName"]
    volume = await context.objects.get(PERSISTENTVOLUMES, "", volume_name)
    if volume is None:
        raise Waits("FailedMount", f'persistentvolume "{volume_name}" not found')
    spec = volume["spec"]
    _check_mode(pod, volume_of_pod, spec.get("volumeMode") or "Filesystem")
    _check_node(context, spec)
    options = frozenset(spec.get("mountOptions") or ())
    if not options <= MOUNT_OPTIONS:
        unknown = ",".join(sorted(options - MOUNT_OPTIONS))
        raise Waits("FailedMount", f"mount failed: wrong fs type, bad option: {unknown}")
    path, owned = _path(context, volume)
    return Origin(path, owned, "ro" in options)


def _check_mode(pod: Object, name: str, mode: str) -> None:
    spec = pod["spec"]
    containers = [*spec["containers"], *(spec.get("initContainers") or ())]
    for field, fitting in (("volumeMounts", "Filesystem"), ("volumeDevices", "Block")):
        used = any(use["name"] == name for c in containers for use in c.get(field) or ())
        if used and mode != fitting:
            raise Waits("FailedMount", f"volume {name} has volumeMode {mode}, but is specified in {field}")
    if mode == "Block":
        raise Waits("FailedMount", f"volume {name} has volumeMode Block, which is not supported")


async def _claim(context: Context, pod: Object, name: str, ephemeral: bool) -> Object:
    namespace = pod["metadata"]["namespace"]
    found = await context.objects.get(PERSISTENTVOLUMECLAIMS, namespace, name)
    if found is None:
        raise Waits("FailedMount", f'persistentvolumeclaim "{name}" not found')
    owners = found["metadata"].get("ownerReferences") or ()
    if ephemeral and not any(owner["uid"] == pod["metadata"]["uid"] for owner in owners):
        whom = f"pod {namespace}/{pod['metadata']['name']} (pod is not owner)"
        raise Waits("FailedMount", f"PVC {namespace}/{name} was not created for {whom}")
    phase = (found.get("status") or {}).get("phase")
    # The binder writes the phase last; the scheduler lets pods go before.
    done = phase == "Bound" or (phase == "Pending" and rules.BIND_COMPLETED in rules.notes(found))
    if not found["spec"].get("volumeName") or not done:
        raise Waits("FailedMount", f"PVC {namespace}/{name} is not bound")
    return found


def _check_node(context: Context, spec: Object) -> None:
    required = (spec.get("nodeAffinity") or {}).get("required")
    if required is None:
        return
    name, labels = context.node()
    if not any(NodeTerm(term).matches(name, labels) for term in required.get("nodeSelectorTerms") or ()):
        raise Waits("FailedMount", "NodeAffinity check failed: no matching NodeSelectorTerms")


def _path(context: Context, volume: Object) -> tuple[Path, bool]:
    spec = volume["spec"]
    if "hostPath" in spec:
        return host_path(spec["hostPath"]), False
    if "local" in spec:
        path = Path(spec["local"]["path"])
        if not path.exists():
            raise Waits("FailedMount", f'NewMounter initialization failed: path "{path}" does not exist')
        return path, True
    source = spec.get("csi") or {}
    if source.get("driver") == rules.HOST_PATH_DRIVER:
        return directory(context.volumes, source["volumeHandle"]), True
    if source:
        text = f"driver name {source['driver']} not found in the list of registered CSI drivers"
        raise Waits("FailedMount", f"kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: {text}")
    raise Waits("FailedMount", f"no volume plugin for persistentvolume {volume['metadata']['name']}")


def directory(volumes: Path, handle: str) -> Path:
    """The directory of a volume of the built-in driver; made when it is not there. Raises Waits."""
    if not rules.is_handle(handle):
        raise Waits("FailedMount", f"rpc error: code = InvalidArgument desc = {handle!r} is no volume handle")
    found = volumes / handle
    if not found.is_dir():
        found.mkdir(parents=True)
        found.chmod(0o777)
    return found


TYPES = {
    "Directory": ("directory", Path.is_dir),
    "DirectoryOrCreate": ("directory", Path.is_dir),
    "File": ("file", Path.is_file),
    "FileOrCreate": ("file", Path.is_file),
    "Socket": ("socket file", Path.is_socket),
    "CharDevice": ("character device", Path.is_char_device),
    "BlockDevice": ("block device", Path.is_block_device),
}


def host_path(source: Object) -> Path:
    """A path of the node, made or tested as its hostPath type says. Raises Waits."""
    path, kind = Path(source["path"]), source.get("type") or ""
    if kind in ("", "DirectoryOrCreate") and not path.exists():
        path.mkdir(parents=True)
    elif kind == "FileOrCreate" and not path.exists():
        path.touch()
    if kind in TYPES and not TYPES[kind][1](path):
        raise Waits("FailedMount", f"hostPath type check failed: {path} is not a {TYPES[kind][0]}")
    return path
