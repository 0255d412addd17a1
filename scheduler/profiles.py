"""The profiles of one scheduler: each answers for the pods that name it, with plug-ins and events of its own.

They share the cache, the queue and everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import Any, NamedTuple

from ..client.client import Client
from .config.args import DefaultPreemptionArgs
from .config.resolved import Resolved
from .events import Events
from .extenders import NO_EXTENDERS, Extenders
from .framework import Framework
from .plugins.default import Tools, profile
from .preemption import Preemption

Object = dict[str, Any]
Budgets = Callable[[str], Iterable[Object]]


class Desk(NamedTuple):
    """One profile at work."""

    framework: Framework
    preemption: Preemption | None
    """None when the profile does not preempt."""
    events: Events

    @property
    def name(self) -> str:
        return self.framework.profile.name


def desk(
    tools: Tools,
    client: Client,
    host: str,
    budgets: Budgets,
    rng: Random,
    extenders: Extenders = NO_EXTENDERS,
) -> Desk:
    """The profile of `tools.config`; `host` tells schedulers of one name apart in events."""
    config: Resolved = tools.config
    clock = tools.clock
    framework = Framework(tools.cache, profile(tools), rng, extenders, lambda: clock.real(clock.monotonic()))
    preemption = None
    if config.enabled.at("post_filter", "DefaultPreemption"):
        args = config.of("DefaultPreemption", DefaultPreemptionArgs)
        preemption = Preemption(framework, tools.cache, budgets, rng, args)
    return Desk(framework, preemption, Events(client, config.name, host, clock))
