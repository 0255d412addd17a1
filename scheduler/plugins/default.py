"""Every plug-in, by upstream's name, and how a profile is put together out of those that it has enabled."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ...apimachinery.clock import Clock
from ...apimachinery.labels import Selector
from ..cache import Cache
from ..config.args import (
    DynamicResourcesArgs,
    InterPodAffinityArgs,
    NodeAffinityArgs,
    NodeResourcesBalancedAllocationArgs,
    NodeResourcesFitArgs,
    PodTopologySpreadArgs,
    VolumeBindingArgs,
)
from ..config.resolved import Resolved, default
from ..contract import ClusterPlugin, NodeFilter, NodeScore, NormalisedScore, Profile
from ..devices import Devices
from ..pod import PodInfo
from ..storage import Storage
from .dynamic_resources import DynamicResources
from .image_locality import ImageLocality
from .inter_pod_affinity import InterPodAffinity
from .node_affinity import NodeAffinity, PreferredNodeAffinity
from .node_declared_features import NodeDeclaredFeatures
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

DEFAULT = default()


class Tools(NamedTuple):
    """What plug-ins look at besides pod and node, and the profile's configuration."""

    cache: Cache
    replicas: Callable[[PodInfo], Selector]
    """The selector of a pod's fellow replicas, for the default spreading."""
    storage: Storage
    devices: Devices
    clock: Clock
    config: Resolved = DEFAULT


class Parts(NamedTuple):
    """What a plug-in has for the extension points: one object may serve several."""

    filter: NodeFilter | None = None
    score: NodeScore | None = None
    normalised: NormalisedScore | None = None
    cluster: ClusterPlugin | None = None


def _taints(tools: Tools) -> Parts:
    plugin = TaintToleration()
    return Parts(filter=plugin, normalised=plugin)


def _affinity(tools: Tools) -> Parts:
    added = tools.config.of("NodeAffinity", NodeAffinityArgs).added
    return Parts(filter=NodeAffinity(added), normalised=PreferredNodeAffinity(added))


def _fit(tools: Tools) -> Parts:
    plugin = NodeResourcesFit(
        tools.config.of("NodeResourcesFit", NodeResourcesFitArgs), tools.devices.for_resource
    )
    return Parts(filter=plugin, score=plugin)


def _balance(tools: Tools) -> Parts:
    args = tools.config.of("NodeResourcesBalancedAllocation", NodeResourcesBalancedAllocationArgs)
    return Parts(score=NodeResourcesBalancedAllocation(args))


def _spread(tools: Tools) -> Parts:
    args = tools.config.of("PodTopologySpread", PodTopologySpreadArgs)
    return Parts(cluster=PodTopologySpread(tools.replicas, args))


def _between_pods(tools: Tools) -> Parts:
    return Parts(cluster=InterPodAffinity(tools.config.of("InterPodAffinity", InterPodAffinityArgs)))


def _volumes(tools: Tools) -> Parts:
    seconds = tools.config.of("VolumeBinding", VolumeBindingArgs).bind_timeout_seconds
    return Parts(cluster=VolumeBinding(tools.storage, float(seconds)))


def _devices(tools: Tools) -> Parts:
    args = tools.config.of("DynamicResources", DynamicResourcesArgs)
    return Parts(
        cluster=DynamicResources(tools.devices, tools.clock, args.filter_timeout, args.binding_timeout)
    )


MAKERS: dict[str, Callable[[Tools], Parts]] = {
    "NodeUnschedulable": lambda tools: Parts(filter=NodeUnschedulable()),
    "TaintToleration": _taints,
    "NodeAffinity": _affinity,
    "NodePorts": lambda tools: Parts(filter=NodePorts()),
    "NodeResourcesFit": _fit,
    "NodeResourcesBalancedAllocation": _balance,
    "ImageLocality": lambda tools: Parts(score=ImageLocality(tools.cache)),
    "VolumeRestrictions": lambda tools: Parts(cluster=VolumeRestrictions(tools.storage)),
    "NodeVolumeLimits": lambda tools: Parts(cluster=NodeVolumeLimits(tools.storage)),
    "VolumeBinding": _volumes,
    "VolumeZone": lambda tools: Parts(cluster=VolumeZone(tools.storage)),
    "PodTopologySpread": _spread,
    "InterPodAffinity": _between_pods,
    "DynamicResources": _devices,
    "NodeDeclaredFeatures": lambda tools: Parts(filter=NodeDeclaredFeatures()),
}
"""NodeName has nothing here: a pod that names its node is never scheduled, it is placed already.
SchedulingGates and PrioritySort are the queue's business, DefaultPreemption and DefaultBinder the loop's."""


def profile(tools: Tools) -> Profile:
    """The plug-ins of a profile in the order in which they are asked."""
    config = tools.config
    points, weights = config.enabled.points, config.enabled.weights
    parts = {name: MAKERS[name](tools) for name in MAKERS if name in config.enabled.names}
    filtering = [parts[name] for name in points["filter"] if name in parts]
    scoring = [parts[name] for name in points["score"] if name in parts]
    for part in scoring:
        for scorer in (part.score, part.normalised, part.cluster):
            if scorer is not None:
                scorer.weight = weights[scorer.name]
    return Profile(
        filters=tuple(p.filter for p in filtering if p.filter),
        scores=tuple(p.score for p in scoring if p.score),
        normalised=tuple(p.normalised for p in scoring if p.normalised),
        cluster=tuple(p.cluster for p in filtering if p.cluster),
        cluster_scores=tuple(p.cluster for p in scoring if p.cluster),
        reserving=frozenset(points["reserve"]),
        freeing=frozenset(points["post_filter"]),
        name=config.name,
        percentage=config.percentage,
        by_name=config.enabled.at("pre_filter", "NodeAffinity"),
        gates=config.enabled.at("pre_enqueue", "SchedulingGates"),
    )
