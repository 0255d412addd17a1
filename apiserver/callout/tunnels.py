"""Ways to pods that cannot be dialled from here: a local port whose connections a kubelet carries on.

The bytes stay as they are, so that TLS ends in the pod and not on the way.
"""

from __future__ import annotations

import asyncio
import logging

import aiohttp

from ...apimachinery import ports
from ..endpoints.subresources import kubelets
from ..registry.strategy import Reader
from .resolve import Endpoint, Unresolved

log = logging.getLogger("wherry.apiserver.callout")

CHUNK = 64 * 1024
LOOPBACK = "127.0.0.1"


class Tunnels:
    """One listener per pod and port, opened at first use, closed with the server."""

    def __init__(self, nodes: kubelets.Kubelets, reader: Reader) -> None:
        self._nodes = nodes
        self._reader = reader
        self._listeners: dict[Endpoint, asyncio.Server] = {}
        self._carried: set[asyncio.Task[None]] = set()

    async def dial(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint itself where it can be dialled, else the local one that leads to it. Unresolved."""
        if not endpoint.pod[1]:
            return endpoint
        if not self._nodes.carry_pods:
            return endpoint._replace(port=ports.served_at(endpoint.port))
        self._url(endpoint)
        listener = self._listeners.get(endpoint)
        if listener is None:
            self._forget_gone()
            listener = await asyncio.start_server(
                lambda reader, writer: self._accept(endpoint, reader, writer), LOOPBACK, 0
            )
            self._listeners[endpoint] = listener
        return Endpoint(LOOPBACK, listener.sockets[0].getsockname()[1])

    def _url(self, endpoint: Endpoint) -> str:
        namespace, name = endpoint.pod
        pod = self._reader.get("", "pods", namespace, name)
        node = self._reader.get("", "nodes", "", pod["spec"].get("nodeName", "")) if pod else None
        if node is None:
            raise Unresolved(f"pod {namespace}/{name} is on no node")
        return f"{kubelets.base(node)}/podProxy/{namespace}/{name}/{endpoint.port}"

    def _forget_gone(self) -> None:
        for endpoint in list(self._listeners):
            if self._reader.get("", "pods", *endpoint.pod) is None:
                self._listeners.pop(endpoint).close()

    def _accept(self, endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(endpoint, reader, writer), name=f"tunnel to {endpoint.pod[1]}")
        self._carried.add(task)
        task.add_done_callback(self._carried.discard)

    async def _carry(
        self, endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await self._relay(endpoint, reader, writer)
        except (OSError, aiohttp.ClientError, Unresolved, TimeoutError) as error:
            # The caller sees a closed connection and says so; why is told here.
            log.info("tunnel to %s/%s: %s", *endpoint.pod, error)
        finally:
            writer.close()

    async def _relay(
        self, endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        url = self._url(endpoint).replace("https://", "wss://", 1)
        async with self._nodes.session.ws_connect(url, max_msg_size=0, compress=0) as far:
            outward = asyncio.create_task(_outward(reader, far), name="tunnel outward")
            try:
                await _inward(writer, far)
            finally:
                outward.cancel()
                await asyncio.gather(outward, return_exceptions=True)

    async def close(self) -> None:
        for listener in self._listeners.values():
            listener.close()
        self._listeners.clear()
        carried = list(self._carried)
        for task in carried:
            task.cancel()
        await asyncio.gather(*carried, return_exceptions=True)


async def _outward(reader: asyncio.StreamReader, far: aiohttp.ClientWebSocketResponse) -> None:
    while data := await reader.read(CHUNK):
        await far.send_bytes(data)
    await far.send_bytes(b"")


async def _inward(writer: asyncio.StreamWriter, far: aiohttp.ClientWebSocketResponse) -> None:
    async for message in far:
        if message.type is not aiohttp.WSMsgType.BINARY:
            continue
        if not message.data:
            return
        writer.write(message.data)
        await writer.drain()
