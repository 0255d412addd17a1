"""What happens in a cluster, in the terms in which plug-ins say what may help a pod that they refused.

A plug-in lists its `Interest`s; a pod is tried again when one of the plug-ins that refused it is interested
in what happened and its hint, if it has one, says that this may help. Source of the rules: kube-scheduler's
cluster events, `EventsToRegister` and queueing hints.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntFlag, auto
from typing import Any, NamedTuple

from .node import NodeInfo
from .pod import PodInfo

Object = dict[str, Any]

NODE = "Node"
POD = "AssignedPod"
WAITING_POD = "UnschedulablePod"
"""Only ever the pod itself, while it waits."""
NAMESPACE = "Namespace"
VOLUME_CLAIM = "PersistentVolumeClaim"
VOLUME = "PersistentVolume"
STORAGE_CLASS = "StorageClass"
CSI_NODE = "CSINode"
CSI_DRIVER = "CSIDriver"
CSI_CAPACITY = "CSIStorageCapacity"
ATTACHMENT = "VolumeAttachment"
RESOURCE_CLAIM = "ResourceClaim"
RESOURCE_SLICE = "ResourceSlice"
DEVICE_CLASS = "DeviceClass"


class Action(IntFlag):
    """`Update` is a change of something that has no action of its own."""

    Add = auto()
    Delete = auto()
    Update = auto()
    UpdateNodeAllocatable = auto()
    UpdateNodeLabel = auto()
    UpdateNodeTaint = auto()
    UpdateNodeCondition = auto()
    UpdateNodeAnnotation = auto()
    UpdateNodeDeclaredFeature = auto()
    UpdatePodLabel = auto()
    UpdatePodScaleDown = auto()
    UpdatePodToleration = auto()
    UpdatePodSchedulingGatesEliminated = auto()
    UpdatePodGeneratedResourceClaim = auto()


class Change(NamedTuple):
    """`old` is None of what is new, `new` of what is gone; `NodeInfo`s without pods, `PodInfo`s, objects."""

    resource: str
    actions: Action
    old: Any = None
    new: Any = None

    @property
    def label(self) -> str:
        """As metrics have it: `NodeAdd`."""
        return f"{self.resource}{next(iter(self.actions)).name}"


Hint = Callable[[PodInfo, Change], bool]


class Interest(NamedTuple):
    """What may help pods that a plug-in refused. Without a hint everything of the kind may."""

    resource: str
    actions: Action
    hint: Hint | None = None


def of_object(resource: str, gone: bool, new: Object, old: Object | None) -> Change:
    """A change as an informer's handler hears of it."""
    if gone:
        return Change(resource, Action.Delete, new, None)
    return Change(resource, Action.Update if old is not None else Action.Add, old, new)


def bare(obj: Object | None) -> NodeInfo | None:
    """A node as if there were nothing on it."""
    if obj is None:
        return None
    node = NodeInfo(obj["metadata"]["name"])
    node.set_object(obj)
    return node


def node_actions(new: Object, old: Object) -> Action:
    """What two states of a node differ in; nothing when only heartbeats do."""
    found = Action(0)
    meta, before = new["metadata"], old["metadata"]
    spec, spec_before = new.get("spec") or {}, old.get("spec") or {}
    status, status_before = new.get("status") or {}, old.get("status") or {}
    if status.get("allocatable") != status_before.get("allocatable"):
        found |= Action.UpdateNodeAllocatable
    if (meta.get("labels") or {}) != (before.get("labels") or {}):
        found |= Action.UpdateNodeLabel
    uncordoned = spec_before.get("unschedulable") and not spec.get("unschedulable")
    if uncordoned or (spec.get("taints") or []) != (spec_before.get("taints") or []):
        found |= Action.UpdateNodeTaint
    if _conditions(status) != _conditions(status_before):
        found |= Action.UpdateNodeCondition
    if (meta.get("annotations") or {}) != (before.get("annotations") or {}):
        found |= Action.UpdateNodeAnnotation
    if (status.get("declaredFeatures") or []) != (status_before.get("declaredFeatures") or []):
        found |= Action.UpdateNodeDeclaredFeature
    return found


def _conditions(status: Object) -> dict[str, str]:
    return {c["type"]: c["status"] for c in status.get("conditions") or ()}


def pod_actions(new: PodInfo, old: PodInfo) -> Action:
    """What two states of a pod differ in."""
    found = Action(0)
    if new.labels != old.labels:
        found |= Action.UpdatePodLabel
    if new.template is not old.template and new.template.requests.less_than(old.template.requests):
        found |= Action.UpdatePodScaleDown
    if len(new.template.tolerations) != len(old.template.tolerations):
        found |= Action.UpdatePodToleration
    if old.gated and not new.gated:
        found |= Action.UpdatePodSchedulingGatesEliminated
    if _claims(new) != _claims(old):
        found |= Action.UpdatePodGeneratedResourceClaim
    return found or Action.Update


def _claims(pod: PodInfo) -> Any:
    status = pod.obj.get("status") or {}
    return status.get("resourceClaimStatuses") or [], status.get("extendedResourceClaimStatus")
