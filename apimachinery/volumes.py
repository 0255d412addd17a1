"""How claims and volumes belong together: shared by the controller that binds them and by the scheduler.

Source of the rules: upstream's component-helpers `storage/volume`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import labels, quantity

Object = dict[str, Any]
Fits = Callable[[Object], bool]

BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class"
PROVISIONER = "volume.kubernetes.io/storage-provisioner"
PROVISIONER_BETA = "volume.beta.kubernetes.io/storage-provisioner"
NO_PROVISIONER = "kubernetes.io/no-provisioner"
HOST_PATH_PROVISIONER = "wherry.dev/host-path"
"""The built-in provisioner: its volumes are directories of one node."""
HOST_PATH_PROVISIONERS = frozenset(
    {HOST_PATH_PROVISIONER, "k8s.io/minikube-hostpath", "rancher.io/local-path"}
)
"""Names it answers to: those of minikube and kind do the same, and documented examples ask for them."""
HOST_PATH_DRIVER = "host-path.wherry.dev"
"""Its CSI driver; a driver's name may hold no slash."""
HOST_PATH_NODE = "wherry.dev/node"
"""Volume attribute: the node that has the directory."""
_HANDLE = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


def notes(obj: Object) -> Mapping[str, str]:
    found: Mapping[str, str] = obj["metadata"].get("annotations") or {}
    return found


def class_of(obj: Object) -> str:
    """The storage class of a claim or a volume; empty without one."""
    found = notes(obj).get(STORAGE_CLASS)
    return found if found is not None else obj["spec"].get("storageClassName") or ""


def waits_for_consumer(claim: Object, storage_class: Object | None) -> bool:
    """Whether binding is put off until a pod that uses the claim has been given a node."""
    return SELECTED_NODE not in notes(claim) and is_lazy(storage_class)


def is_lazy(storage_class: Object | None) -> bool:
    """Whether claims of the class wait for a pod."""
    return (storage_class or {}).get("volumeBindingMode") == "WaitForFirstConsumer"


def is_reserved_for(volume: Object, claim: Object) -> bool:
    """Whether the volume names this claim; a reference without uid is one made by a person."""
    ref, meta = volume["spec"].get("claimRef"), claim["metadata"]
    if not ref or (ref.get("namespace"), ref.get("name")) != (meta["namespace"], meta["name"]):
        return False
    return ref.get("uid") in (None, "", meta["uid"])


def is_handle(text: str) -> bool:
    """Whether a volume of the built-in driver can be called that: nodes make and remove the directory of this
    name, and who makes volumes by hand may write anything."""
    return _HANDLE.fullmatch(text) is not None


def requested(claim: Object) -> quantity.Quantity:
    return quantity.parse(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0"))


def capacity(volume: Object) -> quantity.Quantity:
    return quantity.parse((volume["spec"].get("capacity") or {}).get("storage", "0"))


def wants_growth(claim: Object) -> bool:
    """Whether a bound claim asks for more than it has."""
    status = claim.get("status") or {}
    has = (status.get("capacity") or {}).get("storage")
    return status.get("phase") == "Bound" and has is not None and quantity.parse(has) < requested(claim)


def mismatch(volume: Object, claim: Object) -> str:
    """Why a volume cannot serve the claim that asks for it by name, in upstream's words; empty if it can."""
    if "deletionTimestamp" in volume["metadata"]:
        return f'the volume is marked for deletion "{volume["metadata"]["name"]}"'
    if capacity(volume) < requested(claim):
        return "requested PV is too small"
    if class_of(volume) != class_of(claim):
        return "storageClassName does not match"
    if _attributes_class(volume) != _attributes_class(claim):
        return "volumeAttributesClassName does not match"
    if not same_mode(volume, claim):
        return "incompatible volumeMode"
    if not _modes(claim) <= _modes(volume):
        return "incompatible accessMode"
    return ""


def best_match(
    volumes: Iterable[Object], claim: Object, *, only_reserved: bool = False, fits: Fits | None = None
) -> Object | None:
    """The first of the candidates that is reachable; `fits` says which are."""
    for volume in candidates(volumes, claim, only_reserved=only_reserved):
        if fits is None or fits(volume):
            return volume
    return None


def candidates(volumes: Iterable[Object], claim: Object, *, only_reserved: bool = False) -> list[Object]:
    """The volumes that serve the claim: those with the fewest access modes and the least capacity first.

    Where one is reserved for the claim, there is no other.
    """
    wanted, found = _wanted(claim), []
    for volume in volumes:
        if not _serves(volume, claim):
            continue
        if is_reserved_for(volume, claim):
            return [volume]
        if not only_reserved and _is_free(volume, claim, wanted):
            found.append(volume)
    return sorted(found, key=lambda v: (len(_modes(v)), capacity(v), v["metadata"]["name"]))


def claims_of(pod: Object) -> Iterable[str]:
    """The names of the claims a pod mounts, those made for its ephemeral volumes among them."""
    for volume in pod["spec"].get("volumes") or ():
        if "persistentVolumeClaim" in volume:
            yield volume["persistentVolumeClaim"]["claimName"]
        elif "ephemeral" in volume:
            yield f"{pod['metadata']['name']}-{volume['name']}"


def secrets_of(pod: Object) -> Iterable[str]:
    """The names of the Secrets that a pod mounts or reads into its environment."""
    spec = pod["spec"]
    for volume in spec.get("volumes") or ():
        if "secret" in volume:
            yield volume["secret"].get("secretName", "")
        for source in (volume.get("projected") or {}).get("sources") or ():
            yield (source.get("secret") or {}).get("name", "")
    for container in (*(spec.get("initContainers") or ()), *spec["containers"]):
        for source in container.get("envFrom") or ():
            yield (source.get("secretRef") or {}).get("name", "")
        for variable in container.get("env") or ():
            yield ((variable.get("valueFrom") or {}).get("secretKeyRef") or {}).get("name", "")


def _serves(volume: Object, claim: Object) -> bool:
    """What even a reserved volume must meet."""
    ref = volume["spec"].get("claimRef")
    return (
        (not ref or is_reserved_for(volume, claim))
        and "deletionTimestamp" not in volume["metadata"]
        and _modes(claim) <= _modes(volume)
        and not capacity(volume) < requested(claim)
        and same_mode(volume, claim)
        and _attributes_class(volume) == _attributes_class(claim)
    )


def _is_free(volume: Object, claim: Object, wanted: labels.Selector | None) -> bool:
    if (volume.get("status") or {}).get("phase") != "Available" or class_of(volume) != class_of(claim):
        return False
    return wanted is None or wanted.matches(volume["metadata"].get("labels"))


def _wanted(claim: Object) -> labels.Selector | None:
    selector = claim["spec"].get("selector")
    return labels.from_label_selector(selector) if selector is not None else None


def _modes(obj: Object) -> frozenset[str]:
    return frozenset(obj["spec"].get("accessModes") or ())


def same_mode(volume: Object, claim: Object) -> bool:
    """Whether both are file systems, or both block devices."""
    default = "Filesystem"
    return bool((volume["spec"].get("volumeMode") or default) == (claim["spec"].get("volumeMode") or default))


def _attributes_class(obj: Object) -> str:
    return obj["spec"].get("volumeAttributesClassName") or ""
