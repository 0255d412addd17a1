"""The plug-ins that are on, in upstream's order."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ...apimachinery.clock import Clock
from ..authorization.attributes import Authorizer
from ..authorization.escalation import EscalationCheck
from . import (
    certificates,
    default_class,
    default_toleration_seconds,
    limit_ranger,
    namespace_lifecycle,
    node_restriction,
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


def build(settings: AdmissionSettings) -> AdmissionChain:
    """Upstream's default set."""
    return AdmissionChain(
        (
            namespace_lifecycle.PLUGIN,
            namespace_lifecycle.IMMORTALITY,
            limit_ranger.PLUGIN,
            limit_ranger.CLAIMS,
            *service_account.plugins(settings.clock, settings.rng),
            node_restriction.PLUGIN,
            taint_nodes_by_condition.PLUGIN,
            pod_security.PLUGIN,
            pod_security.TEMPLATES,
            pod_security.NAMESPACES,
            priority.PLUGIN,
            priority.CLASSES,
            priority.DELETIONS,
            default_toleration_seconds.PLUGIN,
            default_class.STORAGE,
            storage_object_in_use_protection.PLUGIN,
            persistent_volume_claim_resize.PLUGIN,
            runtime_class.PLUGIN,
            *certificates.plugins(settings.authorizer),
            default_class.INGRESS,
            pod_topology_labels.PLUGIN,
            pod_resize.PLUGIN,
            *settings.mutating,
            rbac_escalation.plugin(settings.escalation),
            *settings.validating,
            resource_quota.plugin(settings.quotas),
        )
    )
