"""Which endpoints take new connections, and which of them a node's own clients are sent to.

Source of the rules: kube-proxy. Ready endpoints; when none is ready, those that terminate but still serve.
Hints count only where every ready endpoint has them and one is meant for the node, else for its zone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from .nodes import Nodes


class Endpoint(NamedTuple):
    address: str
    port: int
    node: str = ""
    pod: tuple[str, str] = ("", "")
    """Namespace and name, when the endpoint is a pod."""


class State(NamedTuple):
    """An endpoint that only serves counts when it is terminating: that is the fallback."""

    endpoint: Endpoint
    ready: bool
    serving: bool
    for_nodes: tuple[str, ...] = ()
    for_zones: tuple[str, ...] = ()


Near = dict[str, tuple[Endpoint, ...]]
"""Node name → the endpoints of its clients, for nodes whose clients are not sent to all of them."""


def usable(states: Iterable[State], local_to: Iterable[str] | None = None) -> tuple[Endpoint, ...]:
    """The endpoints that take new connections, of the given nodes only unless None; in a fixed order."""
    here = list(states)
    if local_to is not None:
        allowed = set(local_to)
        here = [s for s in here if s.endpoint.node in allowed]
    chosen = {s.endpoint for s in here if s.ready} or {s.endpoint for s in here if s.serving}
    return tuple(sorted(chosen))


def hinted(states: Iterable[State], nodes: Nodes) -> Near:
    """What hints say for the nodes of this machine."""
    ready = [state for state in states if state.ready]
    by_node = _by_hint(ready, lambda state: state.for_nodes)
    by_zone = _by_hint(ready, lambda state: state.for_zones)
    if not by_node and not by_zone:
        return {}
    wanted = {n: by_node.get(n) or by_zone.get(nodes.zones.get(n, "")) for n in nodes.addresses}
    return {node: endpoints for node, endpoints in wanted.items() if endpoints}


def local(states: Sequence[State], nodes: Nodes) -> Near:
    """Each node's clients stay on their node, even if nothing answers there."""
    return {node: usable(states, (node,)) for node in nodes.addresses}


def _by_hint(ready: Sequence[State], hints: Callable[[State], tuple[str, ...]]) -> Near:
    found: dict[str, set[Endpoint]] = {}
    for state in ready:
        names = hints(state)
        if not names:
            return {}
        for name in names:
            found.setdefault(name, set()).add(state.endpoint)
    return {name: tuple(sorted(endpoints)) for name, endpoints in found.items()}
