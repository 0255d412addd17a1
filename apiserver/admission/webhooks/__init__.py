"""MutatingAdmissionWebhook and ValidatingAdmissionWebhook: servers that a cluster's user runs are asked about
requests.

`source.py` keeps the configured hooks at hand, `hook.py` is one of them, `conditions.py` its matchConditions,
`review.py` writes the question and reads the answer, `caller.py` asks, `mutating.py` and `validating.py` are
the plug-ins, `versions.py` shows objects in the version a hook asks for, `metrics.py` counts. How a server is
reached belongs to `apiserver/callout`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...authorization.attributes import Authorizer
from ...callout import CallOut
from ...registry.strategy import Reader
from ...storage.watch_cache import WatchCache
from ..matching import Scopes
from ..plugin import Plugin
from .caller import ADMIT, VALIDATING, Caller
from .invocation import Invocations
from .metrics import Metrics
from .mutating import Mutating
from .source import source
from .validating import Validating

__all__ = ["WebhookSettings", "mutating", "validating"]


@dataclass(frozen=True, kw_only=True)
class WebhookSettings:
    """What the two plug-ins need; the caches are those of the two configuration kinds."""

    reader: Reader
    scopes: Scopes
    authorizer: Authorizer
    callout: CallOut
    new_uid: Callable[[], str]
    mutating: WatchCache
    validating: WatchCache
    metrics: Metrics


def mutating(settings: WebhookSettings) -> Plugin:
    hooks = source(settings.mutating, settings.scopes)
    return Mutating(hooks, _invocations(settings, ADMIT), _caller(settings, ADMIT)).plugin()


def validating(settings: WebhookSettings) -> Plugin:
    hooks = source(settings.validating, settings.scopes)
    return Validating(hooks, _invocations(settings, VALIDATING), _caller(settings, VALIDATING)).plugin()


def _invocations(settings: WebhookSettings, kind: str) -> Invocations:
    return Invocations(settings.scopes, settings.reader, settings.authorizer, settings.metrics, kind)


def _caller(settings: WebhookSettings, kind: str) -> Caller:
    return Caller(settings.callout, settings.new_uid, settings.metrics, kind)
