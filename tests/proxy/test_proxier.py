"""Real sockets: connections take turns, half-closed ones go on, dead endpoints are skipped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.proxy import proxier
from wherry.proxy.connections import Connections
from wherry.proxy.proxier import Proxier, Sources
from wherry.proxy.remote import Tunnels
from wherry.proxy.table import Listen
from wherry.proxy.topology import Endpoint

from tests.proxy.objects import NODES, endpoint, piece, service
from tests.support import run

Object = dict[str, Any]
BACKEND_PORT = 18431
WHERE = Listen("127.48.250.5", 18430)
ONE, TWO = "127.71.250.1", "127.71.250.2"


class World:
    """A proxier over objects that the test changes."""

    def __init__(self, clock: FakeClock, session: aiohttp.ClientSession) -> None:
        self.service: Object | None = service(ip=WHERE.address, port=WHERE.port)
        self.endpoints: list[Object] = []
        self.told: list[str] = []
        self.clock = clock
        self.connections = Connections(
            clock,
            Tunnels(session, None, lambda node: ""),
            lambda node: True,
            connect_seconds=2,
            drain_seconds=30,
        )
        sources = Sources(
            lambda key: self.service,
            lambda: [self.service] if self.service else [],
            lambda key: [piece(*self.endpoints, port=BACKEND_PORT)],
            NODES,
        )
        self.proxier = Proxier(sources, self.connections, clock, self._tell)

    def _tell(self, obj: Object, kind: str, reason: str, message: str) -> None:
        self.told.append(f"{reason}: {message}")

    async def sync(self, *endpoints: Object) -> None:
        self.endpoints = list(endpoints)
        self.proxier.changed("default/web")
        await self.proxier.sync()


async def _name_first(address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A backend: says its address, then echoes until the end and says goodbye."""
    writer.write(address.encode() + b"\n")
    data = await reader.read()
    writer.write(data + b"bye")
    writer.close()


@asynccontextmanager
async def backend(address: str) -> AsyncIterator[None]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _name_first(address, reader, writer)

    server = await asyncio.start_server(serve, address, BACKEND_PORT)
    try:
        yield
    finally:
        server.close()


def in_world(test: Callable[[World], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with aiohttp.ClientSession() as session:
            world = World(FakeClock(), session)
            async with backend(ONE), backend(TWO):
                try:
                    await test(world)
                finally:
                    await world.proxier.listeners.close_all()
                    await world.connections.close()
                    await asyncio.sleep(0.01)

    run(whole())


async def dial() -> tuple[str, asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(*WHERE[:2])
    return (await reader.readline()).decode().strip(), reader, writer


def test_connections_go_to_the_endpoints_in_turn() -> None:
    async def test(world: World) -> None:
        await world.sync(endpoint(ONE), endpoint(TWO))
        found = []
        for _ in range(4):
            name, _, writer = await dial()
            found.append(name)
            writer.close()
        assert found == [ONE, TWO, ONE, TWO]

    in_world(test)


def test_an_ended_direction_is_passed_on_and_the_other_goes_on() -> None:
    async def test(world: World) -> None:
        await world.sync(endpoint(ONE))
        _, reader, writer = await dial()
        payload = b"x" * 300_000
        writer.write(payload)
        writer.write_eof()
        assert await reader.read() == payload + b"bye"
        writer.close()

    in_world(test)


def test_an_endpoint_that_refuses_is_skipped() -> None:
    async def test(world: World) -> None:
        await world.sync(endpoint("127.71.250.0"), endpoint(TWO))
        name, _, writer = await dial()
        assert name == TWO
        writer.close()

    in_world(test)


def test_a_service_without_endpoints_refuses() -> None:
    async def test(world: World) -> None:
        await world.sync(endpoint(ONE))
        await world.sync()
        with pytest.raises(ConnectionRefusedError):
            await dial()

    in_world(test)


def test_an_endpoint_that_leaves_is_drained() -> None:
    async def test(world: World) -> None:
        await world.sync(endpoint(ONE))
        _, reader, writer = await dial()
        await world.sync(endpoint(TWO))
        fresh, _, other = await dial()
        assert fresh == TWO
        assert world.connections.count(Endpoint(ONE, BACKEND_PORT, "n1", ("default", f"pod-{ONE}"))) == 1
        await world.clock.advance(31)
        assert await reader.read() == b""
        writer.close()
        other.close()

    in_world(test)


async def served_once_free(world: World, taken: asyncio.Server) -> None:
    taken.close()
    await taken.wait_closed()
    await world.sync(endpoint(ONE))
    name, _, writer = await dial()
    assert name == ONE
    writer.close()


def test_an_address_in_use_is_told_once_and_tried_again() -> None:
    async def test(world: World) -> None:
        taken = await asyncio.start_server(lambda r, w: w.close(), *WHERE[:2])
        await world.sync(endpoint(ONE))
        await world.sync(endpoint(ONE))
        text = f"cannot listen on {WHERE.address}:{WHERE.port}: Address already in use"
        assert world.told == [f"FailedToListen: {text}"]
        await served_once_free(world, taken)

    in_world(test)


def test_localhost_may_be_another_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxier, "LOOPBACK", WHERE.address)

    async def test(world: World) -> None:
        taken = await asyncio.start_server(lambda r, w: w.close(), *WHERE[:2])
        await world.sync(endpoint(ONE))
        assert world.told == []
        await served_once_free(world, taken)

    in_world(test)


def test_a_service_that_is_gone_is_not_served() -> None:
    async def test(world: World) -> None:
        await world.sync(endpoint(ONE))
        world.service = None
        await world.sync()
        assert not world.proxier.listeners.bound

    in_world(test)


def test_a_drained_endpoint_that_is_back_keeps_its_connections() -> None:
    async def test(world: World) -> None:
        await world.sync(endpoint(ONE))
        _, reader, writer = await dial()
        await world.sync(endpoint(TWO))
        await world.sync(endpoint(ONE), endpoint(TWO))
        await world.clock.advance(31)
        writer.write(b"still here")
        writer.write_eof()
        assert await reader.read() == b"still herebye"
        writer.close()

    in_world(test)


def test_a_low_port_that_moved_is_told_once() -> None:
    async def test(world: World) -> None:
        async def moved(where: Listen, accept: object) -> int:
            return where.port + 8000

        world.proxier.listeners.open = moved  # type: ignore[method-assign]
        await world.sync(endpoint(ONE))
        await world.sync(endpoint(ONE), endpoint(TWO))
        place = f"{WHERE.address}:{WHERE.port} is served on port {WHERE.port + 8000}"
        assert world.told == [f"SubstitutePort: {place}: the low port may not be bound"]

    in_world(test)
