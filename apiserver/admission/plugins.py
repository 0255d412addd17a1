"""The plug-ins, in upstream's order, and which of them are on."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from ...apimachinery.clock import Clock
from ..authorization.attributes import Authorizer
from ..authorization.escalation import EscalationCheck
from . import (
    always_pull_images,
    certificates,
    default_class,
    default_toleration_seconds,
    deny_service_external_ips,
    extended_resource_toleration,
    limit_ranger,
    namespace_lifecycle,
    node_restriction,
    owner_references,
    persistent_volume_claim_resize,
    pod_resize,
    pod_security,
    pod_topology_labels,
    priority,
    rbac_escalation,
    resource_quota,
    runtime_class,
    service_account,
    storage_object_in_use_protection,
    taint_nodes_by_condition,
)
from .chain import AdmissionChain
from .matching import Scopes
from .names import KNOWN, OPTIONAL
from .plugin import Plugin
from .resource_quota import QuotaStore


@dataclass(frozen=True, kw_only=True)
class AdmissionSettings:
    """What the plug-ins need beyond the watch cache."""

    clock: Clock
    rng: random.Random
    authorizer: Authorizer
    escalation: EscalationCheck
    quotas: QuotaStore
    """The watch cache of ResourceQuotas."""
    mutating: tuple[Plugin, ...] = ()
    """Policies and webhooks that change objects, in order."""
    validating: tuple[Plugin, ...] = ()
    """Those that refuse them."""
    scopes: Scopes = field(default_factory=dict)
    """Everything that is served."""
    enabled: frozenset[str] = frozenset()
    """Plug-ins to use that are off by default."""
    disabled: frozenset[str] = frozenset()
    """Plug-ins not to use that are on by default."""
    security: pod_security.Configuration = pod_security.UNCONFIGURED


def build(settings: AdmissionSettings) -> AdmissionChain:
    """Upstream's default set, changed as `settings` say."""
    off = (settings.disabled & KNOWN) | (OPTIONAL - settings.enabled)
    return AdmissionChain(tuple(plugin for plugin in every(settings) if plugin.name not in off))


def every(settings: AdmissionSettings) -> tuple[Plugin, ...]:
    return (
        namespace_lifecycle.PLUGIN,
        namespace_lifecycle.IMMORTALITY,
        limit_ranger.PLUGIN,
        limit_ranger.CLAIMS,
        *service_account.plugins(settings.clock, settings.rng),
        node_restriction.plugin(settings.authorizer),
        taint_nodes_by_condition.PLUGIN,
        always_pull_images.PLUGIN,
        *pod_security.plugins(settings.security),
        priority.PLUGIN,
        priority.CLASSES,
        priority.DELETIONS,
        default_toleration_seconds.PLUGIN,
        extended_resource_toleration.PLUGIN,
        default_class.STORAGE,
        storage_object_in_use_protection.PLUGIN,
        owner_references.plugin(settings.authorizer, settings.scopes),
        persistent_volume_claim_resize.PLUGIN,
        runtime_class.PLUGIN,
        *certificates.plugins(settings.authorizer),
        default_class.INGRESS,
        deny_service_external_ips.PLUGIN,
        pod_topology_labels.PLUGIN,
        pod_resize.PLUGIN,
        *settings.mutating,
        rbac_escalation.plugin(settings.escalation),
        *settings.validating,
        resource_quota.plugin(settings.quotas),
    )
