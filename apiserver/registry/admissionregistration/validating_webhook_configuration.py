"""ValidatingWebhookConfiguration: webhooks asked on writes."""

from __future__ import annotations

from ..resource import Resource
from . import columns
from .webhooks import WebhooksStrategy, webhook_cells

RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        kind="ValidatingWebhookConfiguration",
        plural="validatingwebhookconfigurations",
        categories=("api-extensions",),
        namespaced=False,
        strategy=WebhooksStrategy(),
        columns=columns.VALIDATINGWEBHOOKCONFIGURATIONS,
        cells=webhook_cells,
    ),
)
