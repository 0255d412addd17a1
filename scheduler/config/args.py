"""The arguments that plug-ins take, with upstream's defaults. `ARGS` has them by plug-in."""

from __future__ import annotations

from typing import Any

from pydantic import field_validator

from .model import Part, Seconds

LEAST, MOST, RATIO = "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"
SYSTEM, LIST = "System", "List"


Object = dict[str, Any]


def _object(part: Part) -> Object:
    return part.model_dump(by_alias=True, exclude_none=True)


class Args(Part):
    """`apiVersion` and `kind` may be given; they are read before the rest."""

    api_version: str = ""
    kind: str = ""


class ResourceSpec(Part):
    """A resource and what it counts for in a score; a weight of 0 or none is 1."""

    name: str = ""
    weight: int = 1

    @field_validator("weight")
    @classmethod
    def _zero_is_one(cls, weight: int) -> int:
        return weight or 1


CPU_AND_MEMORY = (ResourceSpec.model_construct(name="cpu"), ResourceSpec.model_construct(name="memory"))


class ShapePoint(Part):
    """A score of 0 to 10 at a utilization in percent."""

    utilization: int = 0
    score: int = 0


class RatioParams(Part):
    """For RequestedToCapacityRatio: scores by utilization, with straight lines between the points."""

    shape: list[ShapePoint] = []


class ScoringStrategy(Part):
    """How NodeResourcesFit scores: of one of its three types, the last of which takes parameters."""

    type: str = ""
    resources: list[ResourceSpec] = []
    requested_to_capacity_ratio: RatioParams | None = None

    @property
    def counted(self) -> list[ResourceSpec]:
        return self.resources or list(CPU_AND_MEMORY)


class NodeResourcesFitArgs(Args):
    """Resources that others count, by name or by all of a group (`example.com`), and the scores."""

    ignored_resources: list[str] = []
    ignored_resource_groups: list[str] = []
    scoring_strategy: ScoringStrategy = ScoringStrategy.model_construct(type=LEAST)


class NodeResourcesBalancedAllocationArgs(Args):
    """The resources that are to be used evenly."""

    resources: list[ResourceSpec] = []

    @property
    def counted(self) -> list[ResourceSpec]:
        return self.resources or list(CPU_AND_MEMORY)


class NodeRequirement(Part):
    """A core/v1 NodeSelectorRequirement."""

    key: str = ""
    operator: str = ""
    values: list[str] = []


class NodeTerm(Part):
    """A core/v1 NodeSelectorTerm: requirements on labels and on fields that must all hold."""

    match_expressions: list[NodeRequirement] = []
    match_fields: list[NodeRequirement] = []


class NodeSelector(Part):
    """A core/v1 NodeSelector: one of the terms must hold."""

    node_selector_terms: list[NodeTerm] = []


class PreferredNodes(Part):
    """A core/v1 PreferredSchedulingTerm."""

    weight: int = 0
    preference: NodeTerm = NodeTerm.model_construct()


class AddedAffinity(Part):
    """A core/v1 NodeAffinity."""

    required_during_scheduling_ignored_during_execution: NodeSelector | None = None
    preferred_during_scheduling_ignored_during_execution: list[PreferredNodes] = []


class NodeAffinityArgs(Args):
    added_affinity: AddedAffinity | None = None
    """What every pod has besides its own."""

    @property
    def added(self) -> Object | None:
        """As the object of core/v1."""
        return _object(self.added_affinity) if self.added_affinity else None


class InterPodAffinityArgs(Args):
    """What a pod's required affinity counts for (0 to 100) in the scores of nodes for the pods that it wants
    near, and whether what placed pods merely prefer counts."""

    hard_pod_affinity_weight: int = 1
    ignore_preferred_terms_of_existing_pods: bool = False


class SpreadConstraint(Part):
    """A core/v1 TopologySpreadConstraint; the selector is worked out for each pod."""

    max_skew: int = 0
    topology_key: str = ""
    when_unsatisfiable: str = ""
    label_selector: Object | None = None
    min_domains: int | None = None
    node_affinity_policy: str | None = None
    node_taints_policy: str | None = None
    match_label_keys: list[str] = []


class PodTopologySpreadArgs(Args):
    """Constraints for pods that have none: the built-in ones (System) or the list given here (List)."""

    default_constraints: list[SpreadConstraint] = []
    defaulting_type: str = SYSTEM

    @property
    def constraints(self) -> list[Object]:
        """As objects of core/v1."""
        return [_object(constraint) for constraint in self.default_constraints]


class VolumeBindingArgs(Args):
    """How long a pod's volumes may take to be bound. `shape` belongs to a feature that is off."""

    bind_timeout_seconds: int = 600
    shape: list[ShapePoint] | None = None


class DynamicResourcesArgs(Args):
    """Seconds to search for devices on one node (0: for ever) and for devices to get ready."""

    filter_timeout: Seconds = 10.0
    binding_timeout: Seconds = 600.0


class DefaultPreemptionArgs(Args):
    """How many nodes with victims are enough to choose from: that share of those that may do, but at least
    so many."""

    min_candidate_nodes_percentage: int = 10
    min_candidate_nodes_absolute: int = 100


ARGS: dict[str, type[Args]] = {
    "DefaultPreemption": DefaultPreemptionArgs,
    "DynamicResources": DynamicResourcesArgs,
    "InterPodAffinity": InterPodAffinityArgs,
    "NodeAffinity": NodeAffinityArgs,
    "NodeResourcesBalancedAllocation": NodeResourcesBalancedAllocationArgs,
    "NodeResourcesFit": NodeResourcesFitArgs,
    "PodTopologySpread": PodTopologySpreadArgs,
    "VolumeBinding": VolumeBindingArgs,
}
