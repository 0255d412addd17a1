"""Which changes may let in a pod that was refused. What the plug-ins themselves say to that: `changes.py`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from .cache import Cache
from .changes import NODE, POD, Action, Change, Interest
from .contract import ClusterPlugin, NodeFilter, Profile, Verdict
from .extenders import EXTENDER
from .node import NodeInfo
from .pod import PodInfo, Template


class Hints:
    """Of one profile. `verdict` says what its node plug-ins find."""

    def __init__(
        self, profile: Profile, cache: Cache, verdict: Callable[[Template, NodeInfo], Verdict]
    ) -> None:
        self._cache = cache
        self._verdict = verdict
        self._cluster_names = frozenset(p.name for p in profile.cluster)
        self._interests = _by_plugin(profile)

    def helps(self, pod: PodInfo, plugins: Collection[str], change: Change) -> bool:
        """Whether a change may let in a pod that these plug-ins refused; when none did, anything may.

        One thing is asked beyond upstream's hints: a pod that leaves a node is no help to pods which can
        never be there, so that in a divided cluster they are not all tried again for every pod that goes.
        """
        if EXTENDER in plugins:
            return True
        if change.resource == POD and change.new is None and self._useless(pod, plugins, change.old):
            return False
        refused = True
        for name in plugins:
            refused = False
            for interest in self._interests.get((name, change.resource), ()):
                if interest.actions & change.actions and (
                    interest.hint is None or interest.hint(pod, change)
                ):
                    return True
        return refused

    def _useless(self, pod: PodInfo, plugins: Collection[str], gone: PodInfo) -> bool:
        """Whether only node plug-ins refused the pod, and they keep it off that node however empty it is."""
        if not plugins or not self._cluster_names.isdisjoint(plugins):
            return False
        node = self._cache.nodes.get(gone.node_name or gone.nominated)
        if node is None or not node.known:
            return True
        reject = self._verdict(pod.template, node).reject
        return reject is not None and not reject.resolvable


def _by_plugin(profile: Profile) -> dict[tuple[str, str], list[Interest]]:
    """By plug-in and what they are interested in."""
    found: dict[tuple[str, str], list[Interest]] = {}
    plugins: list[NodeFilter | ClusterPlugin] = [*profile.filters, *profile.cluster]
    for plugin in plugins:
        interests = list(plugin.interests())
        for interest in [*interests, *_of_taints(interests)]:
            found.setdefault((plugin.name, interest.resource), []).append(interest)
    return found


def _of_taints(interests: Iterable[Interest]) -> list[Interest]:
    """Upstream has whoever waits for new nodes hear of any change of taints as well, because new nodes are
    tainted at first: such pods are tried again, and told again why they fit nowhere."""
    actions = Action(0)
    for interest in interests:
        if interest.resource == NODE:
            actions |= interest.actions
    deaf = Action.Add in actions and Action.UpdateNodeTaint not in actions
    return [Interest(NODE, Action.UpdateNodeTaint)] if deaf else []
