"""MutatingAdmissionPolicy and ValidatingAdmissionPolicy: rules in CEL about what is written.

`source.py` keeps policies and their bindings at hand, `policy.py` is one of them with its expressions
compiled, `params.py` finds what a binding gives as `params`, `evaluation.py` holds the variables of one
request, `validating.py` and `mutating.py` are the plug-ins, `configuration.py` merges what an
ApplyConfiguration makes. What a webhook does is `../webhooks`, how objects of policies are validated is the
registry's.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...authorization.attributes import Authorizer
from ...registry.strategy import Reader
from ...storage.watch_cache import WatchCache
from ..candidates import Source
from ..matching import Scopes
from ..plugin import Plugin
from .invocations import Invocations
from .mutating import Mutating
from .policy import Policy
from .source import source
from .validating import Validating

__all__ = ["PolicySettings", "mutating", "validating"]


@dataclass(frozen=True, kw_only=True)
class PolicySettings:
    """What a plug-in needs; the caches are those of the policies and of their bindings."""

    reader: Reader
    scopes: Scopes
    authorizer: Authorizer
    policies: WatchCache
    bindings: WatchCache


def mutating(settings: PolicySettings) -> Plugin:
    return Mutating(*_parts(settings)).plugin()


def validating(settings: PolicySettings) -> Plugin:
    return Validating(*_parts(settings)).plugin()


def _parts(settings: PolicySettings) -> tuple[Source[Policy], Invocations]:
    bound = source(settings.policies, settings.bindings, settings.scopes)
    return bound, Invocations(settings.scopes, settings.reader, settings.authorizer)
