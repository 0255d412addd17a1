"""Which endpoint a new connection goes to: in turn, or the client's last one (session affinity)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from ..apimachinery.clock import Clock
from .table import Endpoint, Route

CLIENTS = 10000


class Balancer:
    """One per Service port and set of endpoints; keeps its turn when the endpoints change."""

    def __init__(self, route: Route, clock: Clock) -> None:
        self.route = route
        self._clock = clock
        self._turn = 0
        self._clients: OrderedDict[str, tuple[Endpoint, float]] = OrderedDict()

    def update(self, route: Route) -> None:
        self.route = route

    def order(self, client: str) -> Iterator[Endpoint]:
        """Endpoints to try, each once. `client` is the caller's address."""
        endpoints = self.route.endpoints
        start = self._turn % len(endpoints)
        self._turn = start + 1
        turn = endpoints[start:] + endpoints[:start]
        last = self._last(client)
        if last is not None:
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
        if endpoint not in self.route.endpoints:
            return None
        return endpoint if self._clock.monotonic() - seen < self.route.affinity_seconds else None
