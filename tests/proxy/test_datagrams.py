"""UDP through a Service on real sockets: a client keeps its endpoint until that one leaves or it is quiet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from wherry.apimachinery.clock import FakeClock
from wherry.proxy.balancer import Balancer
from wherry.proxy.datagrams import IDLE_SECONDS, Datagrams
from wherry.proxy.listeners import Listeners
from wherry.proxy.table import Listen, PortName, Route
from wherry.proxy.topology import Endpoint

from tests.support import run

WHERE = Listen("127.48.250.8", 18470, "UDP")
PORT = 18471
ONE, TWO = Endpoint("127.71.250.8", PORT), Endpoint("127.71.250.9", PORT)
FAR = Endpoint("127.71.250.7", PORT, "far")


class Client(asyncio.DatagramProtocol):
    """Sends, and waits for what comes back."""

    def __init__(self) -> None:
        self._came: asyncio.Queue[bytes] = asyncio.Queue()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._came.put_nowait(data)

    def send(self, data: bytes = b"hello") -> None:
        self.transport.sendto(data)

    async def said(self) -> str:
        return (await asyncio.wait_for(self._came.get(), 5)).decode()

    async def ask(self) -> str:
        self.send()
        return await self.said()


class Backend(asyncio.DatagramProtocol):
    """Answers with its own address and what it got."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        own = self._transport.get_extra_info("sockname")[0]
        self._transport.sendto(own.encode() + b" " + data, addr)


class World:
    def __init__(self, clock: FakeClock, stack: AsyncExitStack, *endpoints: Endpoint) -> None:
        self.clock = clock
        self._stack = stack
        self.balancer = Balancer(route(*endpoints), clock)

    async def client(self) -> Client:
        loop = asyncio.get_running_loop()
        transport, client = await loop.create_datagram_endpoint(Client, remote_addr=WHERE[:2])
        self._stack.callback(transport.close)
        return client

    async def backend(self, where: Endpoint) -> asyncio.DatagramTransport:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Backend, local_addr=where[:2])
        self._stack.callback(transport.close)
        return transport


def route(*endpoints: Endpoint) -> Route:
    return Route(PortName("default", "web", "dns"), endpoints, 0)


@asynccontextmanager
async def opened(*endpoints: Endpoint) -> AsyncIterator[World]:
    clock = FakeClock()
    datagrams, listeners = Datagrams(clock, lambda node: node != "far"), Listeners()
    async with AsyncExitStack() as stack:
        world = World(clock, stack, *endpoints)
        await listeners.open(WHERE, lambda: datagrams.accept(world.balancer))
        try:
            yield world
        finally:
            await listeners.close_all()
            await datagrams.close()


def in_world(test: Callable[[World], Awaitable[None]], *endpoints: Endpoint) -> None:
    async def whole() -> None:
        async with opened(*endpoints) as world:
            for endpoint in {ONE, TWO} & set(endpoints):
                await world.backend(endpoint)
            await test(world)

    run(whole())


def test_clients_take_turns_and_each_keeps_its_endpoint() -> None:
    async def scenario(world: World) -> None:
        first, second = await world.client(), await world.client()
        assert [await first.ask() for _ in range(3)] == [f"{ONE.address} hello"] * 3
        assert await second.ask() == f"{TWO.address} hello"

    in_world(scenario, ONE, TWO)


def test_what_is_sent_at_once_arrives_in_order() -> None:
    async def scenario(world: World) -> None:
        client = await world.client()
        for n in range(20):
            client.send(b"%d" % n)
        assert [await client.said() for _ in range(20)] == [f"{ONE.address} {n}" for n in range(20)]

    in_world(scenario, ONE)


def test_an_endpoint_that_leaves_loses_its_clients() -> None:
    async def scenario(world: World) -> None:
        client = await world.client()
        await client.ask()
        world.balancer.update(route(TWO))
        assert await client.ask() == f"{TWO.address} hello"

    in_world(scenario, ONE, TWO)


def test_a_client_that_was_quiet_takes_a_turn_again() -> None:
    async def scenario(world: World) -> None:
        client = await world.client()
        await client.ask()
        await world.clock.advance(IDLE_SECONDS * 2)
        assert await client.ask() == f"{TWO.address} hello"

    in_world(scenario, ONE, TWO)


def test_an_endpoint_where_nobody_listens_is_left() -> None:
    async def scenario(world: World) -> None:
        await world.backend(TWO)
        client = await world.client()
        client.send()
        said = asyncio.create_task(client.said())
        while not said.done():
            client.send()
            await asyncio.wait([said], timeout=0.02)
        assert said.result() == f"{TWO.address} hello"

    async def whole() -> None:
        async with opened(ONE, TWO) as world:
            await scenario(world)

    run(whole())


def test_pods_of_other_machines_are_passed_over() -> None:
    async def scenario(world: World) -> None:
        client = await world.client()
        assert await client.ask() == f"{ONE.address} hello"

    in_world(scenario, FAR, ONE)
