"""Port forwarding: each local connection is one pair of SPDY streams in a WebSocket of its own.

Subprotocol `SPDY/3.1+portforward.k8s.io`, as kubectl speaks it: an `error` stream and a `data` stream share a
`requestID` and name the pod's port.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import aiohttp

from ..apimachinery import spdy
from ..client.client import Client, object_path
from ..client.resources import PODS
from ..errors import CliError
from .execution import connect

PROTOCOL = "SPDY/3.1+portforward.k8s.io"
ERRORS, DATA = 1, 3
CHUNK = 32 * 1024


def ports(text: str) -> tuple[int, str]:
    """Local and remote of `LOCAL:REMOTE`, `:REMOTE` (any local port) or `PORT`; the remote may be a name."""
    local, colon, remote = text.partition(":")
    remote = remote if colon else local
    if not remote or not (local or colon) or (local and not local.isdigit()):
        raise CliError(f"{text!r} is not [LOCAL:]REMOTE")
    if any(part.isdigit() and not 0 <= int(part) < 65536 for part in (local, remote)):
        raise CliError(f"{text!r}: a port is a number below 65536")
    return int(local or 0), remote


def pod_port(pod: dict[str, Any], remote: str, service: dict[str, Any] | None) -> int:
    """The port of the pod: by number, by name, or what the Service's port leads to."""
    if service is not None:
        for entry in service["spec"].get("ports") or ():
            if remote in (str(entry["port"]), entry.get("name")):
                return pod_port(pod, str(entry.get("targetPort") or entry["port"]), None)
        raise CliError(f"service {service['metadata']['name']} has no port {remote}")
    if remote.isdigit():
        return int(remote)
    for container in pod["spec"]["containers"]:
        for entry in container.get("ports") or ():
            if entry.get("name") == remote:
                return int(entry["containerPort"])
    raise CliError(f"pod {pod['metadata']['name']} has no port named {remote}")


class Forwarder:
    """Listens on one local port for one port of a pod."""

    def __init__(self, client: Client, namespace: str, pod: str, port: int) -> None:
        self._client = client
        self._path = f"{object_path(PODS, namespace, pod, 'portforward')}?ports={port}"
        self._port = port

    async def serve(self, address: str, local: int) -> asyncio.Server:
        """CliError when the local port is taken."""
        try:
            return await asyncio.start_server(self._accepted, address, local)
        except OSError as error:
            text = f"cannot listen on {address}:{local}: {error.strerror}"
            raise CliError(f"{text}. Choose another with LOCAL:REMOTE.") from None

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from ..apimachinery.errors import StatusError
        from ..client.errors import Unreachable

        try:
            await self._forward(reader, writer)
        except (StatusError, Unreachable, CliError) as error:
            print(f"port {self._port}: {error}", flush=True)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        socket = await connect(self._client, self._path, (PROTOCOL,))
        framer = spdy.Framer()
        for number, kind in ((ERRORS, "error"), (DATA, "data")):
            headers = {"streamtype": kind, "port": str(self._port), "requestid": "0"}
            flags = spdy.FIN if kind == "error" else 0
            await socket.send_bytes(framer.syn_stream(number, headers, flags))
        sending = asyncio.create_task(_send(reader, socket), name="port-forward send")
        try:
            await _receive(framer, socket, writer)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await socket.close()


async def _send(reader: asyncio.StreamReader, socket: aiohttp.ClientWebSocketResponse) -> None:
    while data := await reader.read(CHUNK):
        await socket.send_bytes(spdy.data_frame(DATA, data))
    await socket.send_bytes(spdy.data_frame(DATA, b"", fin=True))


async def _receive(
    framer: spdy.Framer, socket: aiohttp.ClientWebSocketResponse, writer: asyncio.StreamWriter
) -> None:
    """Until the pod ends its side. CliError with what it said on the error stream."""
    async for message in socket:
        if message.type != aiohttp.WSMsgType.BINARY:
            continue
        for frame in framer.feed(message.data):
            if frame.kind == spdy.RST_STREAM or frame.kind == spdy.GOAWAY:
                return
            if frame.kind != spdy.DATA:
                continue
            if frame.stream == ERRORS and frame.data:
                raise CliError(frame.data.decode(errors="replace"))
            if frame.stream == DATA:
                writer.write(frame.data)
                await writer.drain()
                if frame.flags & spdy.FIN:
                    return
