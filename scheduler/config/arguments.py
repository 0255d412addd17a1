"""What the arguments of plug-ins may say, in upstream's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ...apimachinery import duration, field, names
from ...apimachinery.field import FieldError
from .args import (
    LEAST,
    LIST,
    MOST,
    RATIO,
    SYSTEM,
    Args,
    DefaultPreemptionArgs,
    DynamicResourcesArgs,
    InterPodAffinityArgs,
    NodeAffinityArgs,
    NodeResourcesBalancedAllocationArgs,
    NodeResourcesFitArgs,
    PodTopologySpreadArgs,
    ShapePoint,
    VolumeBindingArgs,
)

Errors = Iterator[FieldError]
Object = dict[str, Any]

MOST_WEIGHT = 100
TEN = 10
NODE_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
ACTIONS = ("DoNotSchedule", "ScheduleAnyway")


def problems(args: Args, path: str) -> Errors:
    for kind, check in CHECKS:
        if isinstance(args, kind):
            yield from check(args, path)


def _preemption(args: DefaultPreemptionArgs, path: str) -> Errors:
    share, least = args.min_candidate_nodes_percentage, args.min_candidate_nodes_absolute
    at_share = field.child(path, "minCandidateNodesPercentage")
    at_least = field.child(path, "minCandidateNodesAbsolute")
    if not 0 <= share <= 100:
        yield field.invalid(at_share, share, "not in valid range [0, 100]")
    if least < 0:
        yield field.invalid(at_least, least, "not in valid range [0, inf)")
    if not share and not least:
        together = "cannot be zero at the same time as"
        yield field.invalid(at_share, share, f"{together} minCandidateNodesAbsolute")
        yield field.invalid(at_least, least, f"{together} minCandidateNodesPercentage")


def _between_pods(args: InterPodAffinityArgs, path: str) -> Errors:
    weight = args.hard_pod_affinity_weight
    if not 0 <= weight <= MOST_WEIGHT:
        at = field.child(path, "hardPodAffinityWeight")
        yield field.invalid(at, weight, f"not in valid range [0, {MOST_WEIGHT}]")


def _spread(args: PodTopologySpreadArgs, path: str) -> Errors:
    at = field.child(path, "defaultingType")
    if args.defaulting_type not in (SYSTEM, LIST):
        yield field.not_supported(at, args.defaulting_type, (SYSTEM, LIST))
    elif args.defaulting_type == SYSTEM and args.default_constraints:
        yield field.invalid(at, SYSTEM, "when .defaultConstraints are not empty")
    at = field.child(path, "defaultConstraints")
    seen: set[tuple[Any, Any]] = set()
    for i, constraint in enumerate(args.constraints):
        here = field.index(at, i)
        yield from _constraint(constraint, here)
        pair = constraint["topologyKey"], constraint["whenUnsatisfiable"]
        if pair in seen:
            yield field.duplicate(here, f"{{{pair[0]}, {pair[1]}}}")
        seen.add(pair)


def _constraint(constraint: Object, path: str) -> Errors:
    skew, key = constraint["maxSkew"], constraint["topologyKey"]
    if skew <= 0:
        yield field.invalid(field.child(path, "maxSkew"), skew, "not in valid range (0, inf)")
    yield from _label(field.child(path, "topologyKey"), key, "can not be empty")
    at, action = field.child(path, "whenUnsatisfiable"), constraint["whenUnsatisfiable"]
    if not action:
        yield field.required(at, "can not be empty")
    elif action not in ACTIONS:
        yield field.not_supported(at, action, ACTIONS)
    if "labelSelector" in constraint:
        detail = "constraint must not define a selector, as they deduced for each pod"
        yield field.forbidden(field.child(path, "labelSelector"), detail)


def _label(path: str, key: Any, empty: str = "name part must be non-empty") -> Errors:
    if not key:
        yield field.required(path, empty)
        return
    for error in names.qualified_name(str(key)):
        yield field.invalid(path, key, error)


def _shape(shape: Sequence[ShapePoint], path: str) -> Errors:
    if not shape:
        yield field.required(path, "at least one point must be specified")
    for i in range(1, len(shape)):
        if shape[i - 1].utilization >= shape[i].utilization:
            at = field.child(field.index(path, i), "utilization")
            yield field.invalid(at, shape[i].utilization, "values must be sorted in increasing order")
            break
    for i, point in enumerate(shape):
        here = field.index(path, i)
        for name, value, top in (("utilization", point.utilization, 100), ("score", point.score, TEN)):
            if not 0 <= value <= top:
                yield field.invalid(field.child(here, name), value, f"not in valid range [0, {top}]")


def _balance(args: NodeResourcesBalancedAllocationArgs, path: str) -> Errors:
    seen: set[str] = set()
    for i, resource in enumerate(args.resources):
        here = field.index(field.child(path, "resources"), i)
        if resource.name in seen:
            yield field.duplicate(field.child(here, "name"), resource.name)
        seen.add(resource.name)
        if resource.weight != 1:
            yield field.invalid(field.child(here, "weight"), resource.weight, "must be 1")


def _fit(args: NodeResourcesFitArgs, path: str) -> Errors:
    for i, name in enumerate(args.ignored_resources):
        yield from _label(field.index(field.child(path, "ignoredResources"), i), name)
    for i, group in enumerate(args.ignored_resource_groups):
        here = field.index(field.child(path, "ignoredResourceGroups"), i)
        if "/" in group:
            yield field.invalid(here, group, "resource group name can't contain '/'")
        yield from _label(here, group)
    yield from _strategy(args, field.child(path, "scoringStrategy"))


def _strategy(args: NodeResourcesFitArgs, path: str) -> Errors:
    strategy = args.scoring_strategy
    if strategy.type not in (LEAST, MOST, RATIO):
        yield field.not_supported(field.child(path, "type"), strategy.type, (LEAST, MOST, RATIO))
    for i, resource in enumerate(strategy.resources):
        if not 0 < resource.weight <= MOST_WEIGHT:
            at = field.child(field.index(field.child(path, "resources"), i), "weight")
            detail = f"resource weight of {resource.name} not in valid range (0, {MOST_WEIGHT}]"
            yield field.invalid(at, resource.weight, detail)
    at, ratio = field.child(path, "requestedToCapacityRatio"), strategy.requested_to_capacity_ratio
    if strategy.type == RATIO and ratio is None:
        yield field.required(at, "must be specified when type is RequestedToCapacityRatio")
    elif strategy.type == RATIO and ratio is not None:
        yield from _shape(ratio.shape, field.child(at, "shape"))
    elif ratio is not None:
        yield field.forbidden(at, "must be nil when type is not RequestedToCapacityRatio")


def _volumes(args: VolumeBindingArgs, path: str) -> Errors:
    if args.bind_timeout_seconds < 0:
        at, detail = (
            field.child(path, "bindTimeoutSeconds"),
            "invalid BindTimeoutSeconds, should not be a negative value",
        )
        yield field.invalid(at, args.bind_timeout_seconds, detail)
    if args.shape is not None:
        detail = "unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring"
        shape = [point.model_dump(by_alias=True) for point in args.shape]
        yield field.invalid(field.child(path, "shape"), shape, detail)


def _devices(args: DynamicResourcesArgs, path: str) -> Errors:
    if args.filter_timeout < 0:
        value = duration.format_nanoseconds(round(args.filter_timeout * 1e9))
        yield field.invalid(field.child(path, "filterTimeout"), value, "must be zero or positive")
    if args.binding_timeout < 1:
        value = duration.format_nanoseconds(round(args.binding_timeout * 1e9))
        yield field.invalid(field.child(path, "bindingTimeout"), value, "must be at least 1 second")


def _affinity(args: NodeAffinityArgs, path: str) -> Errors:
    added = args.added or {}
    path = field.child(path, "addedAffinity")
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    at = field.child(path, required, "nodeSelectorTerms")
    for i, term in enumerate((added.get(required) or {}).get("nodeSelectorTerms") or ()):
        yield from _term(term, field.index(at, i))
    preferred = "preferredDuringSchedulingIgnoredDuringExecution"
    for i, weighted in enumerate(added.get(preferred) or ()):
        here = field.index(field.child(path, preferred), i)
        yield from _term(weighted.get("preference") or {}, field.child(here, "preference"))


def _term(term: Object, path: str) -> Errors:
    for name in ("matchExpressions", "matchFields"):
        for i, wanted in enumerate(term.get(name) or ()):
            yield from _requirement(wanted, field.index(field.child(path, name), i))


def _requirement(wanted: Object, path: str) -> Errors:
    operator, values = wanted.get("operator", ""), wanted.get("values") or []
    if operator not in NODE_OPERATORS:
        yield field.not_supported(field.child(path, "operator"), operator, NODE_OPERATORS)
    elif operator in ("In", "NotIn") and not values:
        at = field.child(path, "values")
        yield field.required(at, "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in ("Exists", "DoesNotExist") and values:
        at = field.child(path, "values")
        yield field.forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    elif operator in ("Gt", "Lt") and len(values) != 1:
        at = field.child(path, "values")
        yield field.required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'")
    yield from _label(field.child(path, "key"), wanted.get("key"))


CHECKS: Iterable[tuple[type[Args], Callable[[Any, str], Errors]]] = (
    (DefaultPreemptionArgs, _preemption),
    (DynamicResourcesArgs, _devices),
    (InterPodAffinityArgs, _between_pods),
    (NodeAffinityArgs, _affinity),
    (NodeResourcesBalancedAllocationArgs, _balance),
    (NodeResourcesFitArgs, _fit),
    (PodTopologySpreadArgs, _spread),
    (VolumeBindingArgs, _volumes),
)
