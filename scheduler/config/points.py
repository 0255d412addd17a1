"""Which plug-ins a profile has at which extension point: the defaults, merged with what a file changes.

Source of the rules: kube-scheduler's default plug-ins, their merging, and the expansion of `multiPoint`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .model import Plugin, Plugins, PluginSet

POINTS = (
    "pre_filter",
    "filter",
    "post_filter",
    "reserve",
    "pre_score",
    "score",
    "pre_bind",
    "bind",
    "post_bind",
    "permit",
    "pre_enqueue",
    "queue_sort",
)
"""In the order in which upstream fills them."""
ALL = "*"
MAX_TOTAL_SCORE = (1 << 63) - 1
MAX_SCORE = 100

_SCORED = ("pre_filter", "filter", "pre_score", "score")

IMPLEMENTED: dict[str, tuple[str, ...]] = {
    "SchedulingGates": ("pre_enqueue",),
    "PrioritySort": ("queue_sort",),
    "NodeUnschedulable": ("filter",),
    "NodeName": ("filter",),
    "TaintToleration": ("filter", "pre_score", "score"),
    "NodeAffinity": _SCORED,
    "NodePorts": ("pre_filter", "filter"),
    "NodeResourcesFit": _SCORED,
    "VolumeRestrictions": ("pre_filter", "filter"),
    "NodeVolumeLimits": ("pre_filter", "filter"),
    "VolumeBinding": ("pre_filter", "filter", "reserve", "pre_bind"),
    "VolumeZone": ("pre_filter", "filter"),
    "PodTopologySpread": _SCORED,
    "InterPodAffinity": _SCORED,
    "DynamicResources": (
        "pre_enqueue",
        "pre_filter",
        "filter",
        "post_filter",
        "score",
        "reserve",
        "pre_bind",
    ),
    "DefaultPreemption": ("pre_enqueue", "post_filter"),
    "NodeResourcesBalancedAllocation": ("pre_score", "score"),
    "ImageLocality": ("score",),
    "DefaultBinder": ("bind",),
    "NodeDeclaredFeatures": ("pre_filter", "filter"),
}
"""Every plug-in, in the order of the default profile, with the extension points it has something for."""

DEFAULT_WEIGHTS = {
    "TaintToleration": 3,
    "NodeAffinity": 2,
    "PodTopologySpread": 2,
    "InterPodAffinity": 2,
    "DynamicResources": 2,
}
"""Of those that do not weigh 1."""


class PluginError(ValueError):
    """A profile that cannot be put together."""


class Enabled(NamedTuple):
    """The plug-ins of each extension point, in order, and the weights of those that score."""

    points: Mapping[str, tuple[str, ...]]
    weights: Mapping[str, int]

    def at(self, point: str, name: str) -> bool:
        return name in self.points[point]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for listed in self.points.values() for name in listed)


def default_plugins() -> PluginSet:
    return PluginSet.model_construct(
        enabled=[Plugin.model_construct(name=n, weight=DEFAULT_WEIGHTS.get(n, 0)) for n in IMPLEMENTED]
    )


def expand(changes: Plugins, scheduler: str) -> Enabled:
    """What the profile of that name ends up with. Raises PluginError."""
    multi = _merged(default_plugins(), changes.multi_point)
    sets: dict[str, PluginSet] = {point: getattr(changes, point) for point in POINTS}
    for point, own in sets.items():
        _check(own.enabled, point)
    points = {point: _spread(point, own, multi.enabled) for point, own in sets.items()}
    if len(points["queue_sort"]) != 1:
        raise PluginError(
            f'only one queue sort plugin required for profile with scheduler name "{scheduler}", '
            f"but got {len(points['queue_sort'])}"
        )
    if not points["bind"]:
        raise PluginError(f'at least one bind plugin is needed for profile with scheduler name "{scheduler}"')
    return Enabled(points, _weights(points["score"], [*changes.score.enabled, *multi.enabled]))


def _merged(defaults: PluginSet, changes: PluginSet) -> PluginSet:
    """A plug-in that is on by default and named again keeps its place; others come after the defaults."""
    off = {plugin.name for plugin in changes.disabled}
    custom = {plugin.name: plugin for plugin in changes.enabled}
    kept = [] if ALL in off else [p for p in defaults.enabled if p.name not in off]
    replaced = {plugin.name for plugin in kept} & custom.keys()
    # Of a plug-in named twice only the last can replace, so that the first is found to be repeated.
    rest = [p for p in changes.enabled if p.name not in replaced or p is not custom[p.name]]
    return PluginSet.model_construct(enabled=[custom.get(p.name, p) for p in kept] + rest)


def _check(plugins: Iterable[Plugin], point: str) -> None:
    """Whether plug-ins named for a point exist, have something for it, and are named once."""
    seen: set[str] = set()
    for plugin in plugins:
        name = plugin.name
        if name not in IMPLEMENTED:
            raise PluginError(f'{_interface(point)} "{name}" does not exist')
        if point not in IMPLEMENTED[name]:
            raise PluginError(f'plugin "{name}" does not extend {_interface(point)} plugin')
        if name in seen:
            raise PluginError(f'plugin "{name}" already registered as "{_interface(point)}"')
        seen.add(name)


def _spread(point: str, own: PluginSet, multi: Iterable[Plugin]) -> tuple[str, ...]:
    """Plug-ins named for this point that multiPoint has too come first, then those of multiPoint alone,
    then those named here alone."""
    named = [plugin.name for plugin in own.enabled]
    off = {plugin.name for plugin in own.disabled}
    if ALL in off:
        return tuple(named)
    overrides: set[str] = set()
    added: list[str] = []
    for plugin in multi:
        name = plugin.name
        if name not in IMPLEMENTED:
            raise PluginError(f'{_interface(point)} "{name}" does not exist')
        if point not in IMPLEMENTED[name] or name in off:
            continue
        if name in named:
            overrides.add(name)
            continue
        if name in added:
            raise PluginError(f'plugin "{name}" already registered as "{_interface(point)}"')
        added.append(name)
    return (*(n for n in named if n in overrides), *added, *(n for n in named if n not in overrides))


def _interface(point: str) -> str:
    return "".join(part.capitalize() for part in point.split("_")) + "Plugin"


def _weights(scoring: Iterable[str], listed: Iterable[Plugin]) -> dict[str, int]:
    """What is said for the point itself comes before what is said for all points."""
    wanted = set(scoring)
    found: dict[str, int] = {}
    for plugin in listed:
        if plugin.name in wanted and plugin.name not in found:
            found[plugin.name] = plugin.weight or 1
    total = 0
    for weight in found.values():
        total += weight * MAX_SCORE
        if total > MAX_TOTAL_SCORE:
            raise PluginError("total score of Score plugins could overflow")
    return found
