"""ValidatingWebhookConfiguration: webhooks asked on writes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class ValidatingWebhookConfigurationStrategy(Strategy):
    """Rules of ValidatingWebhookConfigurations."""

    tracks_generation = True
    allow_unconditional_update = False


def _cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], len(obj.get("webhooks") or ()), age(obj, now)]


RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        kind="ValidatingWebhookConfiguration",
        plural="validatingwebhookconfigurations",
        categories=("api-extensions",),
        namespaced=False,
        strategy=ValidatingWebhookConfigurationStrategy(),
        columns=columns.VALIDATINGWEBHOOKCONFIGURATIONS,
        cells=_cells,
    ),
)
