"""MutatingWebhookConfiguration: webhooks asked on writes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.field import FieldError
from ..printing import age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from . import columns
from .webhooks import default_webhooks, validate_webhooks


class MutatingWebhookConfigurationStrategy(Strategy):
    """Rules of MutatingWebhookConfigurations."""

    tracks_generation = True
    allow_unconditional_update = False

    def default(self, obj: Object) -> None:
        default_webhooks(obj, mutating=True)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_webhooks(obj)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return validate_webhooks(new, old)


def _cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], len(obj.get("webhooks") or ()), age(obj, now)]


RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        kind="MutatingWebhookConfiguration",
        plural="mutatingwebhookconfigurations",
        categories=("api-extensions",),
        namespaced=False,
        strategy=MutatingWebhookConfigurationStrategy(),
        columns=columns.MUTATINGWEBHOOKCONFIGURATIONS,
        cells=_cells,
    ),
)
