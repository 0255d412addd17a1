"""Runs a command in a container: standard streams over a WebSocket, subprotocol `v5.channel.k8s.io`.

Each message begins with its channel's number. Source: k8s.io/apimachinery
httpstream/wsstream, remotecommand v5.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import termios
import tty
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson

from ..client.client import Client, object_path
from ..client.errors import Unreachable, from_answer
from ..client.resources import PODS
from ..errors import CliError

STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255
PROTOCOLS = ("v5.channel.k8s.io",)
CHUNK = 32 * 1024


async def execute(
    client: Client,
    namespace: str,
    pod: str,
    container: str,
    command: Sequence[str],
    *,
    stdin: bool,
    terminal: bool,
) -> int:
    """The command's exit code. CliError when it could not be run."""
    query: list[tuple[str, str]] = [("command", word) for word in command]
    query += [
        ("container", container),
        ("stdout", "true"),
        ("stdin", str(stdin).lower()),
        ("tty", str(terminal).lower()),
    ]
    query.append(("stderr", str(not terminal).lower()))
    path = f"{object_path(PODS, namespace, pod, 'exec')}?{urlencode(query)}"
    socket = await connect(client, path, PROTOCOLS)
    with _raw() if terminal and sys.stdin.isatty() else contextlib.nullcontext():
        try:
            return await _Streams(socket, stdin=stdin, terminal=terminal).run()
        finally:
            await socket.close()


async def connect(client: Client, path: str, protocols: Sequence[str]) -> aiohttp.ClientWebSocketResponse:
    """An open WebSocket. StatusError or Unreachable when the server does not upgrade."""
    url = client.config.server + path
    try:
        return await client.session.ws_connect(
            url, protocols=protocols, max_msg_size=0, server_hostname=client.config.server_name or None
        )
    except aiohttp.WSServerHandshakeError as error:
        code, _, body = await client.raw("GET", path)
        raise from_answer(error.status if code < 300 else code, body) from error
    except (aiohttp.ClientError, OSError) as error:
        raise Unreachable(str(error)) from error


class _Streams:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse, *, stdin: bool, terminal: bool) -> None:
        self._socket = socket
        self._stdin = stdin
        self._terminal = terminal
        self._loop = asyncio.get_running_loop()

    async def run(self) -> int:
        tasks = []
        if self._stdin:
            tasks.append(asyncio.create_task(self._send_input(), name="stdin"))
        if self._terminal and sys.stdin.isatty():
            await self._resize()
            self._loop.add_signal_handler(signal.SIGWINCH, self._resized)
        try:
            return await self._receive()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._loop.remove_signal_handler(signal.SIGWINCH)

    async def _receive(self) -> int:
        async for message in self._socket:
            if message.type != aiohttp.WSMsgType.BINARY or not message.data:
                continue
            channel, data = message.data[0], message.data[1:]
            if channel == STDOUT:
                _write(sys.stdout.fileno(), data)
            elif channel == STDERR:
                _write(sys.stderr.fileno(), data)
            elif channel == ERROR:
                return exit_code(orjson.loads(data))
        raise Unreachable("the connection to the container broke off")

    async def _send_input(self) -> None:
        """A thread would hold the process back at its end; a pipe, a file or a terminal is polled instead."""
        descriptor = sys.stdin.fileno()
        while data := await self._read(descriptor):
            await self._socket.send_bytes(bytes((STDIN,)) + data)
        await self._socket.send_bytes(bytes((CLOSE, STDIN)))

    async def _read(self, descriptor: int) -> bytes:
        ready = asyncio.Event()
        try:
            self._loop.add_reader(descriptor, ready.set)
        except PermissionError:  # a plain file: always ready
            return os.read(descriptor, CHUNK)
        try:
            await ready.wait()
            return os.read(descriptor, CHUNK)
        finally:
            self._loop.remove_reader(descriptor)

    def _resized(self) -> None:
        self._sizing = self._loop.create_task(self._resize(), name="resize")

    async def _resize(self) -> None:
        size = os.get_terminal_size(sys.stdin.fileno())
        body = orjson.dumps({"Width": size.columns, "Height": size.lines})
        await self._socket.send_bytes(bytes((RESIZE,)) + body)


def exit_code(status: dict[str, Any]) -> int:
    """Of the final Status; CliError when the command did not run."""
    if status.get("status") == "Success":
        return 0
    for cause in (status.get("details") or {}).get("causes") or ():
        if cause.get("reason") == "ExitCode":
            return int(cause["message"])
    raise CliError(status.get("message") or "the command could not be run")


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


@contextlib.contextmanager
def _raw() -> Iterator[None]:
    """The terminal passes every key on while the block runs."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setraw(descriptor)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
