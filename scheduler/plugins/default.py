"""The default profile: every plug-in, in upstream's order."""

from __future__ import annotations

from collections.abc import Callable

from ...apimachinery.clock import Clock
from ...apimachinery.labels import Selector
from ..cache import Cache
from ..devices import Devices
from ..framework import Profile
from ..pod import PodInfo
from ..storage import Storage
from .dynamic_resources import DynamicResources
from .image_locality import ImageLocality
from .inter_pod_affinity import InterPodAffinity
from .node_affinity import NodeAffinity, PreferredNodeAffinity
from .node_ports import NodePorts
from .node_resources_balanced_allocation import NodeResourcesBalancedAllocation
from .node_resources_fit import NodeResourcesFit
from .node_unschedulable import NodeUnschedulable
from .node_volume_limits import NodeVolumeLimits
from .pod_topology_spread import PodTopologySpread
from .taint_toleration import TaintToleration
from .volume_binding import VolumeBinding
from .volume_restrictions import VolumeRestrictions
from .volume_zone import VolumeZone


def profile(
    cache: Cache, replicas: Callable[[PodInfo], Selector], storage: Storage, devices: Devices, clock: Clock
) -> Profile:
    """`replicas` gives the selector of a pod's fellow replicas, for the default spreading.

    NodeName has no file: a pod that names its node is never scheduled, it is placed already. SchedulingGates
    is the queue's business.
    """
    fit, taints = NodeResourcesFit(), TaintToleration()
    return Profile(
        filters=(NodeUnschedulable(), taints, NodeAffinity(), NodePorts(), fit),
        scores=(fit, NodeResourcesBalancedAllocation(), ImageLocality(cache)),
        normalised=(taints, PreferredNodeAffinity()),
        cluster=(
            VolumeRestrictions(storage),
            NodeVolumeLimits(storage),
            VolumeBinding(storage),
            VolumeZone(storage),
            PodTopologySpread(replicas),
            InterPodAffinity(),
            DynamicResources(devices, clock),
        ),
    )
