"""The arguments that plug-ins take, with upstream's defaults. `ARGS` has them by plug-in."""

from __future__ import annotations

from typing import Any

from pydantic import field_validator

from .model import Part

LEAST, MOST, RATIO = "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"
SYSTEM, LIST = "System", "List"


class Args(Part):
    """`apiVersion` and `kind` may be given; they are read before the rest."""

    api_version: str = ""
    kind: str = ""


class ResourceSpec(Part):
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
    shape: list[ShapePoint] = []


class ScoringStrategy(Part):
    type: str = ""
    resources: list[ResourceSpec] = []
    requested_to_capacity_ratio: RatioParams | None = None

    @property
    def counted(self) -> list[ResourceSpec]:
        return self.resources or list(CPU_AND_MEMORY)


class NodeResourcesFitArgs(Args):
    ignored_resources: list[str] = []
    ignored_resource_groups: list[str] = []
    scoring_strategy: ScoringStrategy = ScoringStrategy.model_construct(type=LEAST)


class NodeResourcesBalancedAllocationArgs(Args):
    resources: list[ResourceSpec] = []

    @property
    def counted(self) -> list[ResourceSpec]:
        return self.resources or list(CPU_AND_MEMORY)


class NodeAffinityArgs(Args):
    added_affinity: dict[str, Any] | None = None
    """A core/v1 NodeAffinity that every pod has besides its own."""


class InterPodAffinityArgs(Args):
    hard_pod_affinity_weight: int = 1
    ignore_preferred_terms_of_existing_pods: bool = False


class PodTopologySpreadArgs(Args):
    default_constraints: list[dict[str, Any]] = []
    """core/v1 TopologySpreadConstraints without selectors."""
    defaulting_type: str = SYSTEM


class VolumeBindingArgs(Args):
    bind_timeout_seconds: int = 600
    shape: list[ShapePoint] | None = None


class DynamicResourcesArgs(Args):
    filter_timeout: str = "10s"
    binding_timeout: str = "600s"


class DefaultPreemptionArgs(Args):
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
