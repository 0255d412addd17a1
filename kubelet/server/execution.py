"""`/exec` and `/attach`: streams over a WebSocket, subprotocols `v5.channel.k8s.io` and `v4.channel.k8s.io`.

Each message starts with its channel: 0 stdin, 1 stdout, 2 stderr, 3 the final Status, 4 the terminal's size,
255 (v5) the closing of the channel named by the next byte. Source: k8s.io/apimachinery httpstream/wsstream.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
from aiohttp import web

from ...apimachinery import errors
from .. import fdio
from ..runtime.contract import RuntimeFault, Session

if TYPE_CHECKING:
    from .app import NodeServer

STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255
PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
CLIENT_SETUP_SECONDS = 0.02
MAX_MESSAGE = 4 * 1024 * 1024


async def serve_exec(server: NodeServer, request: web.Request) -> web.StreamResponse:
    _, record = server.find_container(request)
    command = request.query.getall("command", [])
    if not command:
        raise errors.bad_request("you must specify at least one command for the container")
    tty, stdin = flag(request, "tty"), flag(request, "stdin", "input")
    socket = await _upgrade(request)
    try:
        session = await server.runtime.exec(record.id, command, tty=tty, stdin=stdin)
    except RuntimeFault as fault:
        what = f"error executing command in container: failed to exec in container: {fault.message}"
        await _finish(socket, failure(what))
        return socket
    streams = _Streams(server, request, socket, session)
    await streams.run(lambda code: exit_status(code))
    return socket


async def serve_attach(server: NodeServer, request: web.Request) -> web.StreamResponse:
    _, record = server.find_container(request)
    socket = await _upgrade(request)
    try:
        session = await server.runtime.attach(record.id, stdin=flag(request, "stdin", "input"))
    except RuntimeFault as fault:
        await _finish(socket, failure(f"error attaching to container: {fault.message}"))
        return socket
    await _Streams(server, request, socket, session).run(lambda code: SUCCESS)
    return socket


def flag(request: web.Request, *names: str) -> bool:
    return any(request.query.get(name, "") in ("1", "true") for name in names)


async def _upgrade(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(protocols=PROTOCOLS, max_msg_size=MAX_MESSAGE, compress=False)
    if not socket.can_prepare(request).ok:
        raise errors.bad_request("Upgrade request required")
    await socket.prepare(request)
    if socket.ws_protocol is None:
        await socket.close(code=aiohttp.WSCloseCode.PROTOCOL_ERROR, message=b"no supported subprotocol")
    # kubectl up to 1.32 loses what arrives before it has set up its side of the streams.
    await asyncio.sleep(CLIENT_SETUP_SECONDS)
    # Upstream tells the client with an empty message that the streams are there.
    await socket.send_bytes(bytes((STDOUT,)))
    return socket


SUCCESS: dict[str, Any] = {"metadata": {}, "status": "Success"}


def failure(message: str) -> dict[str, Any]:
    text = f"Internal error occurred: {message}"
    details = {"causes": [{"message": message}]}
    status = {"metadata": {}, "status": "Failure", "message": text, "reason": "InternalError"}
    return {**status, "details": details, "code": 500}


def exit_status(code: int) -> dict[str, Any]:
    if code == 0:
        return SUCCESS
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: exit status {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


async def _finish(socket: web.WebSocketResponse, status: dict[str, Any]) -> None:
    with contextlib.suppress(ConnectionError):
        await socket.send_bytes(bytes((ERROR,)) + orjson.dumps(status))
        await socket.close()


class _Streams:
    """Copies between one socket and one session."""

    def __init__(
        self, server: NodeServer, request: web.Request, socket: web.WebSocketResponse, session: Session
    ) -> None:
        self._server = server
        self._socket = socket
        self._session = session
        self._stdin_open = session.stdin >= 0
        self._out = flag(request, "stdout", "output")
        self._err = flag(request, "stderr", "error")

    async def run(self, verdict: Any) -> None:
        session = self._session
        outputs = [asyncio.create_task(self._copy(STDOUT, session.stdout, self._out), name="stdout")]
        if session.stderr >= 0:
            outputs.append(asyncio.create_task(self._copy(STDERR, session.stderr, self._err), name="stderr"))
        inputs = asyncio.create_task(self._receive(), name="stdin")
        work = asyncio.create_task(self._ended(outputs), name="session end")
        try:
            done, _ = await asyncio.wait([work, inputs], return_when=asyncio.FIRST_COMPLETED)
            if work in done:
                # Closing waits for the client's answer, which a second reader would take away.
                inputs.cancel()
                await asyncio.gather(inputs, return_exceptions=True)
                await _finish(self._socket, verdict(work.result()))
            else:
                # The client has gone; what it started on its terminal goes too.
                session.kill()
        finally:
            tasks = [work, inputs, *outputs]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for descriptor in {session.stdout, session.stderr, session.stdin if self._stdin_open else -1} - {
                -1
            }:
                os.close(descriptor)

    async def _ended(self, outputs: list[asyncio.Task[None]]) -> int:
        code = await self._session.wait()
        # A background process may hold the pipes open for ever: what is written by now counts.
        await asyncio.wait(outputs, timeout=0.5)
        return code

    async def _copy(self, channel: int, descriptor: int, wanted: bool) -> None:
        while data := await fdio.read(descriptor):
            if wanted:
                with contextlib.suppress(ConnectionError):
                    await self._socket.send_bytes(bytes((channel,)) + data)

    async def _receive(self) -> None:
        async for message in self._socket:
            if message.type not in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT) or not message.data:
                continue
            data = message.data if isinstance(message.data, bytes) else message.data.encode()
            await self._message(data[0], data[1:])

    async def _message(self, channel: int, data: bytes) -> None:
        if channel == STDIN and self._stdin_open and data:
            try:
                await fdio.write(self._session.stdin, data)
            except OSError:
                self._close_stdin()
        elif channel == RESIZE:
            size = orjson.loads(data)
            await self._server.runtime.resize(self._session, int(size["Width"]), int(size["Height"]))
        elif channel == CLOSE and data[:1] == bytes((STDIN,)):
            self._close_stdin()

    def _close_stdin(self) -> None:
        if self._stdin_open and self._session.stdin != self._session.stdout:
            self._stdin_open = False
            os.close(self._session.stdin)
