"""The servers outside that are asked about a pod, in their order.

Source of the rules: kube-scheduler 1.36 (what a failure means, how scores are scaled, who binds).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import NamedTuple, Self

from .contract import MAX_SCORE, Reject
from .extender import Extender, ExtenderError, Victims
from .metrics import GOROUTINES
from .node import NodeInfo
from .pod import PodInfo

EXTENDER = "Extender"
"""Stands for any of them among the plug-ins that refused a pod: whatever happens may help it."""
MAX_GIVEN = 10
"""Of the scores that they give."""
_log = logging.getLogger(__name__)

Scores = tuple[str, int, Mapping[str, int]]
"""Who gave them, with what weight, and from 0 to 100 to which nodes."""


class Left(NamedTuple):
    """What they left of nodes. With an `error` the attempt is over."""

    rejects: Mapping[str, Reject]
    error: str = ""


class Replanned(NamedTuple):
    """What they left of plans to preempt. With an `error` there is none."""

    plans: Mapping[str, Victims]
    error: str = ""


class Extenders:
    """`async with` opens the connections of all."""

    def __init__(self, extenders: Sequence[Extender] = ()) -> None:
        self._all = tuple(extenders)
        self._open = AsyncExitStack()
        self.filtering = any(extender.filters for extender in self._all)
        self.scoring = any(extender.scores for extender in self._all)
        self.preempting = any(extender.preempts for extender in self._all)

    async def __aenter__(self) -> Self:
        for extender in self._all:
            await self._open.enter_async_context(extender)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    def __iter__(self) -> Iterator[Extender]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def interested(self, pod: PodInfo) -> Extenders:
        """Those that are to be asked about the pod."""
        found = [extender for extender in self._all if extender.interested(pod)]
        return Extenders(found) if found else NO_EXTENDERS

    async def filter(self, pod: PodInfo, nodes: Sequence[NodeInfo]) -> Left:
        """Each is asked about the nodes that those before it have left."""
        rejects: dict[str, Reject] = {}
        for extender in self._all:
            nodes = [node for node in nodes if node.name not in rejects]
            if not extender.filters or not nodes:
                continue
            try:
                rejects |= await extender.filter(pod, nodes)
            except ExtenderError as error:
                if not extender.ignorable:
                    return Left(rejects, str(error))
                _log.info("extender %s is left out for pod %s: %s", extender.name, pod.key, error)
        return Left(rejects)

    async def scores(self, pod: PodInfo, nodes: Sequence[NodeInfo]) -> list[Scores]:
        """Of all at once; one that fails gives none."""
        asked = [extender for extender in self._all if extender.scores]
        found = await asyncio.gather(*(_scores(extender, pod, nodes) for extender in asked))
        return [scores for scores in found if scores is not None]

    async def preempt(
        self, pod: PodInfo, plans: Mapping[str, Victims], known: Mapping[str, NodeInfo]
    ) -> Replanned:
        """Each is asked about the plans as those before it have made them."""
        for extender in self._all:
            if not extender.preempts or not plans:
                continue
            try:
                found = await extender.preempt(pod, plans, known)
            except ExtenderError as error:
                if not extender.ignorable:
                    return Replanned({}, str(error))
                _log.info("extender %s is left out for pod %s: %s", extender.name, pod.key, error)
                continue
            empty = next((node for node, victims in found.items() if not victims.pods), None)
            if empty is not None and not extender.ignorable:
                return Replanned({}, f'expected at least one victim pod on node "{empty}"')
            plans = {node: victims for node, victims in found.items() if victims.pods}
        return Replanned(plans)

    async def bind(self, pod: PodInfo, node: str) -> str | None:
        """Has the one that binds do so: empty when the pod is bound, else what went wrong. None when nobody
        else than us binds it."""
        for extender in self._all:
            if not extender.binds or not extender.interested(pod):
                continue
            try:
                await extender.bind(pod, node)
            except ExtenderError as error:
                if not extender.ignorable:
                    return str(error)
                _log.info("extender %s does not bind pod %s: %s", extender.name, pod.key, error)
                continue
            return ""
        return None


NO_EXTENDERS = Extenders()


async def _scores(extender: Extender, pod: PodInfo, nodes: Sequence[NodeInfo]) -> Scores | None:
    with GOROUTINES.labels("prioritizing_extender").track_inprogress():
        try:
            given = await extender.prioritize(pod, nodes)
        except ExtenderError as error:
            _log.info("extender %s gives no scores for pod %s: %s", extender.name, pod.key, error)
            return None
    scaled = {node: score * (MAX_SCORE // MAX_GIVEN) for node, score in given.items()}
    return extender.name, extender.weight, scaled
