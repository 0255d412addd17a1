"""`/exec` and `/attach`: streams over a WebSocket, in every version of `channel.k8s.io`.

The channels: 0 stdin, 1 stdout, 2 stderr, 3 the final Status (before v4 its message, if it failed), 4 the
terminal's size, 255 (v5) the closing of the channel named by the next byte.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from ...apimachinery import errors
from .. import fdio
from ..runtime.contract import RuntimeFault, Session
from .channels import Channels, upgrade

if TYPE_CHECKING:
    from .app import NodeServer

STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255
STATUS_PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io")
PROTOCOLS = (*STATUS_PROTOCOLS, "channel.k8s.io", "base64.channel.k8s.io")
"""A client that names none speaks the fourth."""
CLIENT_SETUP_SECONDS = 0.02


async def serve_exec(server: NodeServer, request: web.Request) -> web.StreamResponse:
    _, record = server.find_container(request)
    command = request.query.getall("command", [])
    if not command:
        raise errors.bad_request("you must specify at least one command for the container")
    tty, stdin = flag(request, "tty"), flag(request, "stdin", "input")
    channels = await _upgrade(request)
    try:
        session = await server.runtime.exec(record.id, command, tty=tty, stdin=stdin)
    except RuntimeFault as fault:
        what = f"error executing command in container: failed to exec in container: {fault.message}"
        await _finish(channels, failure(what))
        return channels.socket
    streams = _Streams(server, request, channels, session)
    await streams.run(lambda code: exit_status(code))
    return channels.socket


async def serve_attach(server: NodeServer, request: web.Request) -> web.StreamResponse:
    _, record = server.find_container(request)
    channels = await _upgrade(request)
    try:
        session = await server.runtime.attach(record.id, stdin=flag(request, "stdin", "input"))
    except RuntimeFault as fault:
        await _finish(channels, failure(f"error attaching to container: {fault.message}"))
        return channels.socket
    ends = bool(record.spec.get("stdinOnce")) and not record.spec.get("tty")
    await _Streams(server, request, channels, session, leaves=not ends).run(lambda code: SUCCESS)
    return channels.socket


def flag(request: web.Request, *names: str) -> bool:
    return any(request.query.get(name, "") in ("1", "true") for name in names)


async def _upgrade(request: web.Request) -> Channels:
    channels = await upgrade(request, PROTOCOLS)
    # kubectl up to 1.32 loses what arrives before it has set up its side of the streams.
    await asyncio.sleep(CLIENT_SETUP_SECONDS)
    # Upstream tells the client with an empty message that the streams are there.
    await channels.send(STDOUT, b"")
    return channels


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


async def _finish(channels: Channels, status: dict[str, Any]) -> None:
    with contextlib.suppress(ConnectionError):
        if channels.protocol in STATUS_PROTOCOLS:
            await channels.send(ERROR, orjson.dumps(status))
        elif status["status"] != "Success":
            await channels.send(ERROR, str(status["message"]).encode())
        await channels.close()


class _Streams:
    """Copies between one socket and one session. `leaves`: a client that has said everything leaves, and the
    program's standard input stays open for the next."""

    def __init__(
        self,
        server: NodeServer,
        request: web.Request,
        channels: Channels,
        session: Session,
        *,
        leaves: bool = False,
    ) -> None:
        self._server = server
        self._channels = channels
        self._session = session
        self._stdin_open = session.stdin >= 0
        self._leaves = leaves
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
                await _finish(self._channels, verdict(work.result()))
            elif inputs.exception() is None and inputs.result():
                await _finish(self._channels, SUCCESS)
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
                    await self._channels.send(channel, data)

    async def _receive(self) -> bool:
        """Until the client has gone, or has no more to say and leaves: then true."""
        async for channel, data in self._channels.messages():
            if self._leaves and self._stdin_open and channel == CLOSE and data[:1] == bytes((STDIN,)):
                return True
            await self._message(channel, data)
        return False

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
