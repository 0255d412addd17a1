"""Ports of the node that lead to pods (upstream: test/e2e/network/hostport.go)."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from wherry.kubelet.runtime.contract import PortMapping, RuntimeFault, Sandbox
from wherry.kubelet.runtime.process.portmap import PortMap

from tests.e2e.local import free_port
from tests.support import run

NODE = "127.0.0.1"


def sandbox(*mappings: PortMapping) -> Sandbox:
    return Sandbox("uid", "default", "web", "web", Path("unused"), "127.64.3.3", ports=mappings)


async def shouting(port: int) -> asyncio.Server:
    """A pod that answers in capitals, when it has heard all."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read()).upper())
        writer.close()

    return await asyncio.start_server(serve, "127.64.3.3", port)


async def asked(port: int) -> bytes:
    reader, writer = await asyncio.open_connection(NODE, port)
    writer.write(b"who")
    writer.write_eof()
    said = await reader.read()
    writer.close()
    return said


def test_a_port_of_the_node_leads_to_the_pod() -> None:
    async def scenario() -> None:
        inner, outer, found = free_port(), free_port(), PortMap()
        async with await shouting(inner):
            await found.open(sandbox(PortMapping("TCP", NODE, outer, inner)))
            assert await asked(outer) == b"WHO"
            await found.close("uid")
            with pytest.raises(OSError, match="Connect call failed"):
                await asked(outer)

    run(scenario())


def test_datagrams_find_their_way_back() -> None:
    async def scenario() -> None:
        outer, found, loop = free_port(), PortMap(), asyncio.get_running_loop()
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as pod,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
        ):
            pod.bind(("127.64.3.3", 0))
            pod.setblocking(False)
            client.setblocking(False)
            await found.open(sandbox(PortMapping("UDP", NODE, outer, pod.getsockname()[1])))
            await loop.sock_sendto(client, b"hostname", (NODE, outer))
            said, peer = await loop.sock_recvfrom(pod, 100)
            await loop.sock_sendto(pod, b"web", peer)
            assert (said, await loop.sock_recv(client, 100)) == (b"hostname", b"web")
        await found.close_all()

    run(scenario())


def test_a_port_that_is_taken() -> None:
    async def scenario() -> None:
        found = PortMap()
        with socket.create_server((NODE, 0)) as other:
            port = other.getsockname()[1]
            await found.open(sandbox(PortMapping("TCP", NODE, port, 80, needed=False)))
            await found.close("uid")
            with pytest.raises(RuntimeFault, match="Address already in use"):
                await found.open(sandbox(PortMapping("TCP", NODE, port, 80)))
        # Nothing was left behind by the failure: it is tried anew.
        await found.open(sandbox(PortMapping("TCP", NODE, port, 80)))
        await found.close_all()

    run(scenario())
