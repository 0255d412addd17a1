"""What a KubeSchedulerConfiguration may say, in upstream's words. Plug-ins' arguments: see `arguments.py`."""

from __future__ import annotations

from collections.abc import Iterator

from ...apimachinery import duration, field, names
from ...apimachinery.field import FieldError
from .model import API_VERSION, Configuration, Extender, LeaderElection, Plugins, Profile
from .points import POINTS

REMOVED = ("AzureDiskLimits", "CinderLimits", "EBSLimits", "GCEPDLimits")
"""Plug-ins that version v1 refuses by name."""
NATIVE_PREFIXES = ("requests.",)


def problems(config: Configuration) -> Iterator[FieldError]:
    if config.client_connection.burst < 0:
        yield field.invalid("clientConnection.burst", config.client_connection.burst, "must be non-negative")
    yield from _election(config.leader_election, "leaderElection")
    if config.parallelism <= 0:
        detail = "should be an integer value greater than zero"
        yield field.invalid("parallelism", config.parallelism, detail)
    yield from _profiles(config.profiles)
    yield from _percentage("percentageOfNodesToScore", config.percentage_of_nodes_to_score)
    first, longest = config.pod_initial_backoff_seconds, config.pod_max_backoff_seconds
    if first <= 0:
        yield field.invalid("podInitialBackoffSeconds", first, "must be greater than 0")
    if longest < first:
        detail = "must be greater than or equal to PodInitialBackoffSeconds"
        yield field.invalid("podMaxBackoffSeconds", longest, detail)
    yield from _extenders(config.extenders)


def removed(path: str, name: str) -> FieldError | None:
    if name not in REMOVED:
        return None
    detail = f'was invalid in version "{API_VERSION}" (KubeSchedulerConfiguration is version "{API_VERSION}")'
    return field.invalid(path, name, detail)


def _election(election: LeaderElection, path: str) -> Iterator[FieldError]:
    if election.leader_elect is False:
        return
    lease, deadline, period = election.lease_duration, election.renew_deadline, election.retry_period
    for name, value in (("leaseDuration", lease), ("renewDeadline", deadline), ("retryPeriod", period)):
        if value <= 0:
            yield field.invalid(field.child(path, name), _go(value), "must be greater than zero")
    if lease <= deadline:
        detail = "LeaseDuration must be greater than RenewDeadline"
        yield field.invalid(field.child(path, "leaseDuration"), _go(deadline), detail)
    if deadline <= period:
        detail = "RenewDeadline must be greater than RetryPeriod"
        yield field.invalid(field.child(path, "renewDeadline"), _go(period), detail)
    for name, text in (
        ("resourceNamespace", election.resource_namespace),
        ("resourceName", election.resource_name),
    ):
        if not text:
            yield field.required(field.child(path, name), f"{name} is required")
    if election.resource_lock != "leases":
        at, detail = field.child(path, "resourceLock"), 'resourceLock value must be "leases"'
        yield field.invalid(at, election.resource_lock, detail)


def _go(seconds: float) -> str:
    return duration.format_nanoseconds(round(seconds * 1e9))


def _profiles(profiles: list[Profile]) -> Iterator[FieldError]:
    known: dict[str, int] = {}
    for i, profile in enumerate(profiles):
        path, name = field.index("profiles", i), profile.scheduler_name or ""
        yield from _profile(profile, path)
        if name in known:
            first = field.child(field.index("profiles", known[name]), "schedulerName")
            yield field.duplicate(field.child(path, "schedulerName"), first)
        known[name] = i
    yield from _same_order(profiles)


def _profile(profile: Profile, path: str) -> Iterator[FieldError]:
    if not profile.scheduler_name:
        yield field.required(field.child(path, "schedulerName"))
    at = field.child(path, "percentageOfNodesToScore")
    yield from _percentage(at, profile.percentage_of_nodes_to_score)
    yield from _sets(profile.plugins, field.child(path, "plugins"))
    seen: set[str] = set()
    for i, config in enumerate(profile.plugin_config):
        at = field.index(field.child(path, "pluginConfig"), i)
        if config.name in seen:
            yield field.duplicate(at, config.name)
        seen.add(config.name)
        if error := removed(at, config.name):
            yield error


def _sets(plugins: Plugins, path: str) -> Iterator[FieldError]:
    for point in (*POINTS, "multi_point"):
        name = Plugins.model_fields[point].alias or point
        for i, plugin in enumerate(getattr(plugins, point).enabled):
            at = field.index(field.child(path, name, "enabled"), i)
            if error := removed(at, plugin.name):
                yield error


def _same_order(profiles: list[Profile]) -> Iterator[FieldError]:
    """There is one queue, so its order is one."""
    sorts = [profile.plugins.queue_sort for profile in profiles]
    enabled = len(sorts[0].enabled)
    if enabled > 1:
        at = field.child(field.index("profiles", 0), "plugins", "queueSort", "Enabled")
        yield field.invalid(at, enabled, "only one queue sort plugin can be enabled")
    for i, other in enumerate(sorts):
        if other != sorts[0]:
            at = field.child(field.index("profiles", i), "plugins", "queueSort")
            yield field.invalid(at, other.model_dump(by_alias=True), "must be the same for all profiles")


def _percentage(path: str, value: int | None) -> Iterator[FieldError]:
    if value is not None and not 0 <= value <= 100:
        yield field.invalid(path, value, "not in valid range [0-100]")


def _extenders(extenders: list[Extender]) -> Iterator[FieldError]:
    managed: set[str] = set()
    for i, extender in enumerate(extenders):
        path = field.index("extenders", i)
        if extender.prioritize_verb and extender.weight <= 0:
            at, detail = field.child(path, "weight"), "must have a positive weight applied to it"
            yield field.invalid(at, extender.weight, detail)
        tls = extender.tls_config
        if tls is not None and tls.insecure and tls.trusts:
            detail = "specifying a root certificates file with the insecure flag is not allowed"
            yield field.invalid(field.child(path, "tlsConfig", "insecure"), True, detail)
        for j, resource in enumerate(extender.managed_resources):
            at = field.child(field.index(field.child(path, "managedResources"), j), "name")
            yield from _extended(at, resource.name)
            if resource.name in managed:
                yield field.invalid(at, resource.name, "duplicate extender managed resource name")
            managed.add(resource.name)
    binders = sum(bool(extender.bind_verb) for extender in extenders)
    if binders > 1:
        found = f"found {binders} extenders implementing bind"
        yield field.invalid("extenders", found, "only one extender can implement bind")


def _extended(path: str, name: str) -> Iterator[FieldError]:
    """Whether a resource may be one that is not Kubernetes' own."""
    errors = names.qualified_name(name)
    for error in errors:
        yield field.invalid(path, name, error)
    native = "/" not in name or "kubernetes.io/" in name or name.startswith(NATIVE_PREFIXES)
    if not errors and native:
        yield field.invalid(path, name, "is an invalid extended resource name")
