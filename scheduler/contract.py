"""What plug-ins are and what they answer: the words in which framework and plug-ins speak.

Two kinds of plug-in: a `NodePlugin` looks at a pod's template and one node, so its answer is remembered
until the node changes; a `ClusterPlugin` weighs where other pods are and is asked for each pod anew.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from .cache import Cache
from .changes import Interest
from .node import NodeInfo
from .pod import PodInfo, Template

NOTHING_TO_FREE = "no new claims to deallocate"
"""What is said of pods that no plug-in holds anything for."""
NEVER_ASKED = "not found"
"""What is said when a plug-in that frees things has not heard of the pod: an earlier one refused it."""
MAX_SCORE = 100


class Reject(NamedTuple):
    """Why a node is out. `resolvable`: removing pods from the node might help."""

    plugin: str
    reasons: tuple[str, ...]
    resolvable: bool = False


class Unfinished(Reject):
    """A filter that takes long has not come to an end: asked again it goes on. Whoever cannot ask again takes
    it for the answer."""


class Verdict(NamedTuple):
    """What the node plug-ins found. `score` is weighted and final; `raw` is still to be normalised."""

    reject: Reject | None
    score: int = 0
    raw: tuple[int, ...] = ()
    parts: tuple[int | None, ...] = ()
    """What each scoring plug-in gave, 0 to 100; None where it had nothing to look at."""


class Refused(Exception):  # noqa: N818 - an answer of a plug-in, no error
    """The pod itself is the reason why no node can be found; the text says why."""

    def __init__(self, plugin: str, message: str) -> None:
        super().__init__(message)
        self.plugin = plugin


class Broken(Exception):  # noqa: N818 - an answer of a plug-in, no error of ours
    """What a plug-in is asked to look at is wrong in itself: the attempt ends, whatever nodes there are."""

    def __init__(self, plugin: str, message: str) -> None:
        super().__init__(f'running "{plugin}" filter plugin: {message}')
        self.plugin = plugin


class Freeing(NamedTuple):
    """What a plug-in can free for a pod that fits nowhere. `work` does it, None when there is nothing.

    `final`: nothing further is to be tried for the pod now.
    """

    message: str
    work: Callable[[], Awaitable[None]] | None = None
    final: bool = False


class NodePlugin(Protocol):
    name: str

    def applies(self, template: Template) -> bool:
        """Whether the pod has anything for this plug-in to look at."""


class NodeFilter(NodePlugin, Protocol):
    def filter(self, template: Template, node: NodeInfo) -> Reject | None: ...

    def interests(self) -> Iterable[Interest]:
        """What may help a pod that it refused."""


class NodeScore(NodePlugin, Protocol):
    weight: int

    def score(self, template: Template, node: NodeInfo) -> int:
        """0 to 100; for a normalised plug-in any count."""


class NormalisedScore(NodeScore, Protocol):
    less_is_better: bool


class ClusterPlugin(Protocol):
    """`pre_filter` and `pre_score` return None when there is nothing to look at for this pod.

    `pre_filter` may raise Refused. What it returned is handed to `filter` and, as `filtered`, to `pre_score`:
    plug-ins remember no pod themselves.
    """

    name: str
    weight: int

    def pre_filter(self, pod: PodInfo, cache: Cache) -> Any: ...

    def filter(self, state: Any, node: NodeInfo) -> Reject | None: ...

    def interests(self) -> Iterable[Interest]:
        """What may help a pod that it refused."""

    def pre_score(self, pod: PodInfo, cache: Cache, nodes: Sequence[NodeInfo], filtered: Any) -> Any: ...

    def score(self, state: Any, nodes: Sequence[NodeInfo]) -> list[int]:
        """0 to 100 for each node, in order."""


class FilterOnly:
    """The other half of a cluster plug-in that gives no scores."""

    weight = 0

    def pre_score(self, pod: PodInfo, cache: Cache, nodes: Sequence[NodeInfo], filtered: Any) -> None:
        return None

    def score(self, state: Any, nodes: Sequence[NodeInfo]) -> list[int]:
        return []


Tell = Callable[[str, str], None]
"""Takes the reason and the text of an event of the pod."""


class Reservation(Protocol):
    """What a plug-in holds for a pod between the decision and the binding."""

    async def pre_bind(self, tell: Tell) -> str:
        """Writes it to the API. Empty when it stands, else what went wrong. May wait for others."""

    def undo(self) -> None:
        """Gives back what is held and not written."""

    async def interrupted(self, why: str) -> str:
        """Takes back what `pre_bind` wrote before it was cancelled; the text says that it was, and why."""


@runtime_checkable
class Reserving(Protocol):
    """A cluster plug-in that holds something for the pods it lets in."""

    def reserve(self, state: Any, node: NodeInfo) -> Reservation | None: ...


@runtime_checkable
class Lasting(Protocol):
    """A cluster plug-in whose filter may answer `Unfinished`. What it finds depends on the pod and the node,
    not on the pods that are there."""

    def outdated(self, state: Any) -> bool:
        """Whether something has changed that may make a difference to what the state knows."""


@runtime_checkable
class Unblocking(Protocol):
    """A cluster plug-in that may free what a pod that fits nowhere needs."""

    name: str

    def free(self, state: Any) -> Freeing: ...


class Profile(NamedTuple):
    """The plug-ins in the order in which they are asked."""

    filters: tuple[NodeFilter, ...]
    scores: tuple[NodeScore, ...]
    normalised: tuple[NormalisedScore, ...]
    cluster: tuple[ClusterPlugin, ...]
    """Those that filter."""
    cluster_scores: tuple[ClusterPlugin, ...]
    reserving: frozenset[str]
    """Names of those that may hold something for a pod."""
    freeing: frozenset[str]
    """Names of those that may free something for a pod that fits nowhere."""
    name: str
    """`spec.schedulerName` of its pods."""
    percentage: int = 0
    """Of nodes to score; 0 for a share that falls as clusters grow."""
    by_name: bool = True
    """Whether node affinity that names nodes narrows the search."""
    gates: bool = True
    """Whether scheduling gates hold pods back."""

    @property
    def scored(self) -> bool:
        return bool(self.scores or self.normalised or self.cluster_scores)


def normalised(raw: list[int], less_is_better: bool) -> list[int]:
    """Counts as scores of 0 to 100, the highest count getting 100 (or 0)."""
    most = max(raw)
    if not most:
        return [MAX_SCORE] * len(raw) if less_is_better else raw
    scores = [MAX_SCORE * count // most for count in raw]
    return [MAX_SCORE - score for score in scores] if less_is_better else scores
