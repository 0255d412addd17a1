"""HTTP/1.1 as uvicorn speaks it, with less work for each request: a whole answer leaves in one write, and one
timer watches over a connection however many requests it carries."""

from __future__ import annotations

import asyncio
import math
import re
import socket
import struct
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from . import upgrade
from .endpoints.exchange import AUDIT_ID

JOINED = 64 * 1024
"""A body up to this size is copied behind its head, so that both leave in one TLS record where they fit."""
PIECE = 256 * 1024
"""A larger one is written in pieces: the TLS library's buffer grows to hold whatever is written at once."""
SILENT_BODY = 60.0
"""Seconds without a byte after which a client that has not sent its whole request is cut off."""
NO_LINGER = struct.pack("ii", 1, 0)
_METHOD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) [^ ]")
"""A request line as far as it must have come: any token is a method (RFC 9110)."""
STAND_IN = b"POST"
"""What the parser reads in place of a method it does not know; bodies follow the same rules."""
_SPLITS = re.compile(b"[\x00-\x08\x0a-\x1f\x7f]")

Header = tuple[bytes, bytes]


def header_line(header: Header) -> bytes:
    """`name: value` and the line's end. ValueError for a value that would end the line early."""
    name, value = header
    if _SPLITS.search(name) or _SPLITS.search(value):
        raise ValueError(f"header {name!r} has a control character")
    return b"%s: %s\r\n" % (name, value)


_remembered = lru_cache(maxsize=4096)(header_line)


def _line(header: Header) -> bytes:
    """Most headers come again and again; what a request is called does not."""
    return header_line(header) if header[0] is AUDIT_ID else _remembered(header)


def _split(url: bytes) -> tuple[bytes, bytes]:
    """Path and query of a request's target."""
    if url[:1] == b"/" and b"#" not in url and url[:2] != b"//":
        path, _, query = url.partition(b"?")
        return path, query
    whole = httptools.parse_url(url)
    return whole.path, whole.query or b""


class Cycle(RequestResponseCycle):
    """One request and its answer. The head of an answer whose length is known waits for the body."""

    _head = b""

    async def send(self, message: Any) -> None:
        """Writes an answer's head or a part of its body, as ASGI says."""
        if message.get("more_body") and self.push(message["body"]):
            return
        if self._head:
            if self.flow.write_paused and not self.disconnected:
                await self.flow.drain()
            self._first(message)
        elif self.response_started or not self._wait_for_body(message):
            await super().send(message)

    def push(self, body: bytes) -> bool:
        """Writes a further part of a body whose length was not told, if the client takes it now."""
        held = self.flow.write_paused or self.disconnected or self.response_complete
        if held or not self.chunked_encoding or self.scope["method"] == "HEAD":
            return False
        if body:
            self.transport.write(b"%x\r\n%b\r\n" % (len(body), body))
        return True

    def _wait_for_body(self, message: Any) -> bool:
        """Keeps the head back when the body will follow at once: its length is given, and nothing about this
        exchange is unusual."""
        if self.disconnected or not self.keep_alive or self.scope["method"] == "HEAD":
            return False
        headers: list[Header] = message["headers"]
        length = next((value for name, value in headers if name == b"content-length"), None)
        if length is None:
            return False
        lines = map(_line, (*self.default_headers, *headers))
        self._head = b"".join((STATUS_LINE[message["status"]], *lines, b"\r\n"))
        self.response_started, self.waiting_for_100_continue = True, False
        self.chunked_encoding, self.expected_content_length = False, int(length)
        return True

    def _first(self, message: Any) -> None:
        """The head with the first part of the body."""
        head, self._head = self._head, b""
        body: bytes = message["body"]
        if self.disconnected:
            return
        self.expected_content_length -= len(body)
        if len(body) <= JOINED:
            self.transport.write(head + body)
        else:
            self.transport.write(head)
            whole = memoryview(body)
            for start in range(0, len(body), PIECE):
                self.transport.write(whole[start : start + PIECE])
        if not message.get("more_body"):
            if self.expected_content_length:
                raise RuntimeError("the body is not as long as its Content-Length says")
            self.response_complete = True
            self.message_event.set()
            self.on_response()


class ApiProtocol(HttpToolsProtocol):
    """A connection. The client certificate (DER) that it showed stands in every request's `state`, and
    `abort`, which ends it at once, and `push`, which writes a part of a streamed answer at once."""

    _heard: float = 0.0
    """Loop time of what was last received or answered."""
    _upgrade: upgrade.Upgrade | None = None
    """Set when the client has asked to speak something else; no further request comes on this connection."""

    _unknown_method = ""
    """The method of the request whose head is being read, when the parser does not know it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        shown = {} if tls is None else {"client_cert": tls.getpeercert(binary_form=True)}
        self.app_state = {**self.app_state, **shown, "abort": self.cut, "push": self.push}
        self._heard = self.loop.time()
        self._arm(self.timeout_keep_alive)

    def cut(self) -> None:
        """Ends the connection at once. What is still to be sent is dropped, by the kernel too, which would
        keep it for minutes for a client that does not read."""
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self.cycle.disconnected = True
        self.transport.abort()

    def push(self, body: bytes) -> bool:
        """Writes a further part of the streamed answer that is under way, unless it has to wait."""
        return isinstance(self.cycle, Cycle) and self.cycle.push(body)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._disarm()

    def on_headers_complete(self) -> None:
        parser, scope = self.parser, self.scope
        if parser.should_upgrade() or parser.get_http_version() != "1.1":
            self._offer_upgrade()
            super().on_headers_complete()
            return
        scope["method"] = self._unknown_method or parser.get_method().decode("ascii")
        self._unknown_method = ""
        raw, query = _split(self.url)
        path = raw.decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = raw
        scope["query_string"] = query
        before = self.cycle
        self.cycle = Cycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self.tasks.add(self.loop.create_task(self._run(cycle, app), name="request"))

    async def _run(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Has a request answered, in a task that takes itself out: a callback for its end would be a round of
        the loop for each request."""
        task = asyncio.current_task()
        assert task is not None
        try:
            await cycle.run_asgi(app)
        finally:
            self.tasks.discard(task)

    def _offer_upgrade(self) -> None:
        wanted = self._get_upgrade()
        if wanted in upgrade.PROTOCOLS and not self.pipeline:
            self._upgrade = upgrade.Upgrade(wanted, self.transport, self._switched, self.connection_lost)
            extensions: dict[str, Any] = {upgrade.EXTENSION: self._upgrade}
            self.scope["extensions"] = extensions

    def data_received(self, data: bytes) -> None:
        if self._upgrade is not None:
            self._upgrade.early += data
            if len(self._upgrade.early) > upgrade.LIMIT:
                self.transport.close()
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserInvalidMethodError:
            self._read_again(data)
        except httptools.HttpParserError:
            self.logger.warning("Invalid HTTP request received.")
            self.send_400_response("Invalid HTTP request received.")
        except httptools.HttpParserUpgrade as stop:
            self._stopped_at(data, stop.args[0])

    def _stopped_at(self, data: bytes, position: int) -> None:
        """The parser has met a request to upgrade: what follows it is no HTTP."""
        self._disarm()
        if self._upgrade is not None:
            self._upgrade.early += data[position:]
            self.cycle.keep_alive = False
        elif self._should_upgrade():
            self.handle_websocket_upgrade()
        else:
            self._unsupported_upgrade_warning()

    def _read_again(self, data: bytes) -> None:
        """Reads a request with a method that the parser does not know: whether there is such a method is the
        server's to say, after it has asked who wants to know."""
        line = _METHOD.match(data)
        busy = self.cycle is not None and not self.cycle.response_complete
        if line is None or line[1] == STAND_IN or busy:
            self.logger.warning("Invalid HTTP request received.")
            self.send_400_response("Invalid HTTP request received.")
            return
        self._unknown_method = line[1].decode("ascii")
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.data_received(STAND_IN + data[len(line[1]) :])

    def _switched(self) -> None:
        """The connection is no longer HTTP: its cycle has nothing to answer."""
        self.cycle.response_started = self.cycle.response_complete = True

    def shutdown(self) -> None:
        if self._upgrade is not None and self._upgrade.done:
            self.transport.close()
        else:
            super().shutdown()

    def on_response_complete(self) -> None:
        """Starts the next request that has come already, or lets the connection rest."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._heard = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._arm(self.timeout_keep_alive)

    def _unset_keepalive_if_required(self) -> None:
        """Called when something was received."""
        self._heard = self.loop.time()

    def timeout_keep_alive_handler(self) -> None:
        """Closes a connection whose client owes a request, or the rest of one, and has been silent for long
        enough; or looks again when it may have been."""
        allowed = self._patience()
        left = allowed - (self.loop.time() - self._heard)
        if left > 0:
            self._arm(min(SILENT_BODY, self.timeout_keep_alive, left))
        elif not self.transport.is_closing():
            self.transport.close()

    def _patience(self) -> float:
        """How many seconds of silence the client may keep; for ever while it waits for an answer."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return float(self.timeout_keep_alive)
        waits = cycle.more_body and not cycle.response_started and not self.flow.read_paused
        return SILENT_BODY if waits else math.inf

    def _arm(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _disarm(self) -> None:
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None
