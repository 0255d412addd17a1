"""MutatingWebhookConfiguration: webhooks asked on writes."""

from __future__ import annotations

from ..resource import Resource
from . import columns
from .webhooks import MutatingWebhooksStrategy, webhook_cells

RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        kind="MutatingWebhookConfiguration",
        plural="mutatingwebhookconfigurations",
        categories=("api-extensions",),
        namespaced=False,
        strategy=MutatingWebhooksStrategy(),
        columns=columns.MUTATINGWEBHOOKCONFIGURATIONS,
        cells=webhook_cells,
    ),
)
