"""`healthCheckNodePort`: each node says at its address whether it has endpoints of a Service that stays on
its nodes, for load balancers to leave out the others.

Source: kube-proxy's service health server, its answers included.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from .listeners import Listeners
from .nodes import Nodes
from .table import Listen

Object = dict[str, Any]
LONGEST_REQUEST = 8192


class Check(NamedTuple):
    """`endpoints` are the ready ones of one node."""

    namespace: str
    service: str
    endpoints: int

    def answer(self) -> bytes:
        """The whole response."""
        status = "200 OK" if self.endpoints else "503 Service Unavailable"
        said = {
            "service": {"namespace": self.namespace, "name": self.service},
            "localEndpoints": self.endpoints,
            "serviceProxyHealthy": True,
        }
        body = json.dumps(said, indent="\t").encode()
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nX-Content-Type-Options: nosniff\r\n"
            f"X-Load-Balancing-Endpoint-Weight: {self.endpoints}\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        return head.encode() + body


def checks(service: Object, slices: Sequence[Object], nodes: Nodes) -> dict[Listen, Check]:
    """One for each node of this machine; none for a Service without such a port."""
    spec, meta = service["spec"], service["metadata"]
    port = spec.get("healthCheckNodePort")
    if not port or spec.get("type") != "LoadBalancer" or spec.get("externalTrafficPolicy") != "Local":
        return {}
    ready: dict[str, set[str]] = {}
    for piece in slices:
        for endpoint in piece.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready") is not False:
                ready.setdefault(endpoint.get("nodeName", ""), set()).update(endpoint.get("addresses") or ())
    return {
        Listen(address, port): Check(meta["namespace"], meta["name"], len(ready.get(node, ())))
        for node, address in nodes.addresses.items()
    }


class HealthChecks:
    """The open ports and what they answer."""

    def __init__(self) -> None:
        self._listeners = Listeners()
        self._of_service: dict[str, set[Listen]] = {}
        self._said: dict[Listen, Check] = {}

    async def sync(self, key: str, wanted: dict[Listen, Check]) -> list[str]:
        """Brings the ports of one Service up to date; what is wrong with those that cannot be opened."""
        for where in self._of_service.pop(key, set()) - wanted.keys():
            self._said.pop(where, None)
            if where in self._listeners:
                await self._listeners.close(where)
        problems = []
        for where, check in wanted.items():
            self._said[where] = check
            if where not in self._listeners:
                problems += await self._open(where)
        if wanted:
            self._of_service[key] = set(wanted)
        return problems

    async def _open(self, where: Listen) -> list[str]:
        try:
            await self._listeners.open(where, lambda: _Conversation(self._said, where))
        except OSError as error:
            return [f"{where.address}:{where.port}: {error.strerror}"]
        return []

    async def close(self) -> None:
        await self._listeners.close_all()


class _Conversation(asyncio.Protocol):
    """One request, one answer."""

    def __init__(self, said: dict[Listen, Check], where: Listen) -> None:
        self._said = said
        self._where = where
        self._heard = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        check = self._said.get(self._where)
        if self._transport is None or (
            b"\r\n\r\n" not in self._heard and len(self._heard) < LONGEST_REQUEST and check is not None
        ):
            return
        if check is not None:
            self._transport.write(check.answer())
        self._transport.close()
