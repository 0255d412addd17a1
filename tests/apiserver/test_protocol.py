"""HTTP/1.1 on a connection: what is written, in how many pieces, and when a quiet connection is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState
from wherry.apiserver import protocol as protocol_module
from wherry.apiserver.protocol import PIECE, ApiProtocol, header_line

from tests.support import run

App = Callable[[Any, Any, Any], Awaitable[None]]
GET = b"GET /version HTTP/1.1\r\nHost: here\r\n\r\n"


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False
        self.ended = asyncio.Event()

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True
        self.ended.set()

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


def answering(body: bytes, *headers: tuple[bytes, bytes]) -> App:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(headers)})
        await send({"type": "http.response.body", "body": body})

    return app


def reading(heard: list[str]) -> App:
    """Keeps what kinds of messages come, until the client is gone."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while not heard or heard[-1] != "http.disconnect":
            heard.append((await receive())["type"])

    return app


async def connect(app: App, keep_alive: float = 60) -> tuple[ApiProtocol, Wire]:
    config = uvicorn.Config(app, lifespan="off", log_config=None, timeout_keep_alive=keep_alive)  # type: ignore[arg-type]
    protocol, wire = ApiProtocol(config, ServerState(), {}), Wire()
    protocol.connection_made(wire)
    return protocol, wire


async def settled(protocol: ApiProtocol) -> None:
    while protocol.tasks:
        await asyncio.gather(*protocol.tasks)


def exchange(app: App, *requests: bytes) -> Wire:
    async def talk() -> Wire:
        protocol, wire = await connect(app)
        for request in requests:
            protocol.data_received(request)
            await settled(protocol)
        protocol.connection_lost(ConnectionResetError())
        return wire

    return run(talk())


def test_head_and_body_leave_in_one_write() -> None:
    wire = exchange(answering(b"{}", (b"content-length", b"2")), GET)
    assert wire.writes == [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"]


def test_a_connection_carries_one_request_after_the_other() -> None:
    wire = exchange(answering(b"{}", (b"content-length", b"2")), GET, GET + GET)
    assert len(wire.writes) == 3
    assert not wire.closed


def test_a_long_body_leaves_in_pieces() -> None:
    body = bytes(PIECE + 1)
    wire = exchange(answering(body, (b"content-length", str(len(body)).encode())), GET)
    assert [len(piece) for piece in wire.writes[1:]] == [PIECE, 1]


def test_a_head_has_no_body() -> None:
    wire = exchange(answering(b"{}", (b"content-length", b"2")), GET.replace(b"GET", b"HEAD"))
    assert b"".join(wire.writes).endswith(b"content-length: 2\r\n\r\n")


def test_a_client_that_wants_to_close_is_told_so() -> None:
    request = GET.replace(b"Host: here", b"Host: here\r\nConnection: close")
    wire = exchange(answering(b"{}", (b"content-length", b"2")), request)
    assert b"connection: close\r\n" in b"".join(wire.writes)
    assert wire.closed


def test_the_head_of_a_stream_does_not_wait() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for body, more in ((b"", True), (b"one", True), (b"", False)):
            await send({"type": "http.response.body", "body": body, "more_body": more})

    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    assert exchange(app, GET).writes == [head, b"3\r\none\r\n", b"0\r\n\r\n"]


def pushing(told: list[bool], *headers: tuple[bytes, bytes]) -> App:
    """Notes whether a part of its body could be pushed before its head, after it, and after its end."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        push = scope["state"]["push"]
        told.append(push(b"early"))
        await send({"type": "http.response.start", "status": 200, "headers": list(headers)})
        told.append(push(b"one"))
        await send({"type": "http.response.body", "body": b"last", "more_body": False})
        told.append(push(b"late"))

    return app


def test_a_part_of_a_stream_may_leave_without_waiting() -> None:
    told: list[bool] = []
    writes = exchange(pushing(told), GET).writes
    assert told == [False, True, False]
    assert writes[1:] == [b"3\r\none\r\n", b"4\r\nlast\r\n0\r\n\r\n"]


@pytest.mark.parametrize("request_", [GET.replace(b"GET", b"HEAD"), GET.replace(b"1.1", b"1.0")])
def test_nothing_is_pushed_to_who_reads_no_chunks(request_: bytes) -> None:
    told: list[bool] = []
    assert b"one" not in b"".join(exchange(pushing(told), request_).writes)
    assert told == [False, False, False]


def test_nothing_is_pushed_to_a_client_that_is_behind() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        protocols[0].pause_writing()
        assert not scope["state"]["push"](b"one")
        protocols[0].resume_writing()
        assert scope["state"]["push"](b"two")
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    protocols: list[ApiProtocol] = []

    async def talk() -> None:
        protocol, wire = await connect(app)
        protocols.append(protocol)
        protocol.data_received(GET)
        await settled(protocol)
        assert wire.writes[1:] == [b"3\r\ntwo\r\n", b"0\r\n\r\n"]

    run(talk())


def test_a_body_that_breaks_its_promise_ends_the_connection() -> None:
    wire = exchange(answering(b"{}", (b"content-length", b"3")), GET)
    assert wire.closed


def test_a_quiet_connection_is_closed() -> None:
    async def talk() -> bool:
        protocol, wire = await connect(answering(b"{}", (b"content-length", b"2")), keep_alive=0.001)
        protocol.data_received(GET)
        await settled(protocol)
        await asyncio.wait_for(wire.ended.wait(), 5)
        protocol.connection_lost(ConnectionResetError())
        return wire.closed

    assert run(talk())


@pytest.mark.parametrize(
    "sent", [b"", b"GET /ver", b"POST /a HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nhalf"]
)
def test_a_client_that_does_not_go_on_is_cut_off(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol_module, "SILENT_BODY", 0.001)
    heard: list[str] = []

    async def talk() -> bool:
        protocol, wire = await connect(reading(heard), keep_alive=0.001)
        if sent:
            protocol.data_received(sent)
        await asyncio.wait_for(wire.ended.wait(), 5)
        protocol.connection_lost(ConnectionResetError())
        await settled(protocol)
        return wire.closed

    assert run(talk())
    assert heard == (["http.request", "http.disconnect"] if sent.startswith(b"POST") else [])


def test_a_client_that_waits_for_its_answer_may_be_silent() -> None:
    async def talk() -> bool:
        answer = asyncio.Event()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await answer.wait()
            await answering(b"{}", (b"content-length", b"2"))(scope, receive, send)

        protocol, wire = await connect(app, keep_alive=0.001)
        protocol.data_received(GET)
        await asyncio.sleep(0.01)
        early = wire.closed
        answer.set()
        await asyncio.wait_for(wire.ended.wait(), 5)
        protocol.connection_lost(ConnectionResetError())
        await settled(protocol)
        return not early and bool(wire.writes)

    assert run(talk())


def test_an_answer_to_a_client_that_is_gone_goes_nowhere() -> None:
    async def talk() -> tuple[list[bytes], list[BaseException | None]]:
        answer = asyncio.Event()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await answer.wait()
            await answering(b"{}", (b"content-length", b"2"))(scope, receive, send)

        protocol, wire = await connect(app)
        protocol.data_received(GET)
        protocol.connection_lost(ConnectionResetError())
        tasks = list(protocol.tasks)
        answer.set()
        await settled(protocol)
        return wire.writes, [task.exception() for task in tasks]

    assert run(talk()) == ([], [None])


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\0"])
def test_a_header_cannot_smuggle_another(value: bytes) -> None:
    with pytest.raises(ValueError, match="control character"):
        header_line((b"warning", value))


def test_a_method_nobody_knows_reaches_the_server_with_its_body() -> None:
    seen: list[tuple[str, str, bytes]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["method"], scope["path"], (await receive())["body"]))
        await answering(b"{}", (b"content-length", b"2"))(scope, receive, send)

    exchange(
        app,
        GET,
        b"FOO /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi",
        b"get /b HTTP/1.1\r\n\r\n",
        GET,
    )
    assert seen == [
        ("GET", "/version", b""),
        ("FOO", "/a", b"hi"),
        ("get", "/b", b""),
        ("GET", "/version", b""),
    ]


@pytest.mark.parametrize("garbage", [b"\x16\x03\x01", b"G@ET / HTTP/1.1\r\n\r\n", b"FOO  / HTTP/1.1\r\n\r\n"])
def test_what_is_no_request_is_refused(garbage: bytes) -> None:
    wire = exchange(answering(b"{}"), garbage)
    assert b"".join(wire.writes).startswith(b"HTTP/1.1 400")


def test_what_a_client_does_not_read_can_be_dropped_at_once(caplog: pytest.LogCaptureFixture) -> None:
    async def cutting(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * 10_000_000, "more_body": True})
        scope["state"]["abort"]()

    async def scenario() -> None:
        config = uvicorn.Config(cutting, lifespan="off", log_config=None)
        server = await asyncio.get_running_loop().create_server(
            lambda: ApiProtocol(config, ServerState(), {}), "127.0.0.1", 0
        )
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname(), limit=1024)
            writer.write(GET)
            with pytest.raises(ConnectionResetError):
                await reader.read(-1)
            writer.close()

    run(scenario())
    assert "without completing" not in caplog.text


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_the_task_of_a_request_is_forgotten_at_its_end(version: bytes) -> None:
    async def scenario() -> None:
        protocol, _ = await connect(answering(b"ok", (b"content-length", b"2")))
        protocol.data_received(b"GET /version HTTP/%b\r\nHost: here\r\n\r\n" % version)
        (task,) = protocol.tasks
        await task
        assert not protocol.tasks
        protocol.connection_lost(None)

    run(scenario())
