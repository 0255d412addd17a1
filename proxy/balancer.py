"""Which endpoint a new connection goes to: in turn, or the client's last one (session affinity)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator

from ..apimachinery.clock import Clock
from .table import Route
from .topology import Endpoint

CLIENTS = 10000


class Balancer:
    """One per Service port and set of endpoints; keeps its turn when the endpoints change. `node_of` says
    which node a client's address belongs to; "" for none."""

    def __init__(
        self, route: Route, clock: Clock, node_of: Callable[[str], str] = lambda address: ""
    ) -> None:
        self.route = route
        self._clock = clock
        self._node_of = node_of
        self._turns: dict[str, int] = {}
        self._clients: OrderedDict[str, tuple[Endpoint, float]] = OrderedDict()

    def update(self, route: Route) -> None:
        self.route = route

    def order(self, client: str) -> Iterator[Endpoint]:
        """Endpoints to try, each once. `client` is the caller's address."""
        node = self._node_of(client) if client and self.route.near else ""
        endpoints = self.route.endpoints_of(node)
        if not endpoints:
            return
        start = self._turns.get(node, 0) % len(endpoints)
        self._turns[node] = start + 1
        turn = endpoints[start:] + endpoints[:start]
        last = self._last(client)
        if last is not None and last in endpoints:
            yield last
        yield from (endpoint for endpoint in turn if endpoint != last)

    def connected(self, client: str, endpoint: Endpoint) -> None:
        """The connection stands; a client with affinity comes back to this endpoint."""
        if self.route.affinity_seconds:
            self._clients[client] = (endpoint, self._clock.monotonic())
            self._clients.move_to_end(client)
            if len(self._clients) > CLIENTS:
                self._clients.popitem(last=False)

    def _last(self, client: str) -> Endpoint | None:
        endpoint, seen = self._clients.get(client, (None, 0.0))
        return endpoint if self._clock.monotonic() - seen < self.route.affinity_seconds else None
