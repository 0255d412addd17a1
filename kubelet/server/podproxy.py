"""`/podProxy`: one TCP connection to a pod inside a WebSocket; how proxies on other machines reach this
node's pods."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from ...apimachinery import errors, ports

if TYPE_CHECKING:
    from ..worker.pod_worker import PodWorker
    from .app import NodeServer

CHUNK = 64 * 1024


def pod_host(server: NodeServer, worker: PodWorker) -> str:
    """Where a pod answers: at its own address, or at the node's when it shares that."""
    return worker.sandbox.ip if worker.sandbox is not None and worker.sandbox.ip else server.facts.ip


async def serve(server: NodeServer, request: web.Request) -> web.StreamResponse:
    """Binary messages carry bytes, an empty one the end of a direction."""
    worker = server.find_pod(request)
    host = pod_host(server, worker)
    try:
        reader, writer = await asyncio.open_connection(host, ports.served_at(int(request.match_info["port"])))
    except (OSError, ValueError) as error:
        raise errors.service_unavailable(str(error)) from error
    socket = web.WebSocketResponse(max_msg_size=0, compress=False)
    await socket.prepare(request)
    outward = asyncio.create_task(_outward(reader, socket), name=f"pod proxy {worker.name}")
    try:
        async for message in socket:
            if message.type != aiohttp.WSMsgType.BINARY:
                continue
            if not message.data:
                writer.write_eof()
                continue
            writer.write(message.data)
            await writer.drain()
    except OSError:
        await socket.close()
    finally:
        # First of all, because a client that has gone cancels what waits here.
        writer.close()
        outward.cancel()
        await asyncio.gather(outward, return_exceptions=True)
    return socket


async def _outward(reader: asyncio.StreamReader, socket: web.WebSocketResponse) -> None:
    with contextlib.suppress(ConnectionError, OSError):
        while data := await reader.read(CHUNK):
            await socket.send_bytes(data)
        await socket.send_bytes(b"")
    await socket.close()
