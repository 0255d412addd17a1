"""How long the parts of an attempt take, in real seconds, for the metrics.

Whole extension points are timed for every pod. Single plug-ins are timed for one pod in ten, as upstream
does, by asking each once more about one node: the search itself is not slowed down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .cache import Cache
from .contract import Broken, Lasting, Profile, Refused
from .metrics import PLUGIN_SECONDS, POINT_SECONDS
from .node import NodeInfo
from .pod import PodInfo

EVERY = 10
SUCCESS, UNSCHEDULABLE, ERROR = "Success", "Unschedulable", "Error"
Timer = Callable[[], float]


class Stopwatch:
    """Of one profile."""

    def __init__(self, profile: Profile, cache: Cache, timer: Timer) -> None:
        self._profile = profile
        self._cache = cache
        self._timer = timer
        self._attempts = 0

    def start(self) -> float:
        return self._timer()

    def stop(self, point: str, began: float, status: str = SUCCESS) -> None:
        """An extension point is over."""
        POINT_SECONDS.observe((point, status, self._profile.name), self._timer() - began)

    def sample(self, pod: PodInfo, node: NodeInfo) -> None:
        """After an attempt: times the plug-ins if it is the turn of this one."""
        self._attempts += 1
        if self._attempts % EVERY == 1:
            self._time(pod, node)

    def _time(self, pod: PodInfo, node: NodeInfo) -> None:
        profile = self._profile
        for filters in profile.filters:
            if filters.applies(pod.template):
                with self._timed(filters.name, "Filter") as told:
                    told(filters.filter(pod.template, node) is None)
        for scorer in (*profile.scores, *profile.normalised):
            if scorer.applies(pod.template):
                with self._timed(scorer.name, "Score"):
                    scorer.score(pod.template, node)
        states: dict[str, Any] = {}
        for plugin in profile.cluster:
            states[plugin.name] = self._prepared(pod, plugin)
            if states[plugin.name] is not None and not isinstance(plugin, Lasting):
                with self._timed(plugin.name, "Filter") as told:
                    told(plugin.filter(states[plugin.name], node) is None)
        for plugin in profile.cluster_scores:
            with self._timed(plugin.name, "PreScore"):
                state = plugin.pre_score(pod, self._cache, [node], states.get(plugin.name))
            if state is not None:
                with self._timed(plugin.name, "Score"):
                    plugin.score(state, [node])

    def _prepared(self, pod: PodInfo, plugin: Any) -> Any:
        with self._timed(plugin.name, "PreFilter") as told:
            try:
                return plugin.pre_filter(pod, self._cache)
            except Refused:
                told(False)
        return None

    @contextmanager
    def _timed(self, plugin: str, point: str) -> Iterator[Callable[[bool], None]]:
        """Is told whether the pod was let through, which it is when nothing is said."""
        status = SUCCESS

        def told(fits: bool) -> None:
            nonlocal status
            status = SUCCESS if fits else UNSCHEDULABLE

        began = self._timer()
        try:
            yield told
        except Broken:
            status = ERROR
        finally:
            PLUGIN_SECONDS.observe((plugin, point, status), self._timer() - began)
