"""grpc probes: grpc.health.v1.Health/Check in one plain-text HTTP/2 exchange. Source: gRPC over HTTP/2, RFC
9113."""

from __future__ import annotations

import asyncio
import contextlib
import struct

from ...apimachinery.clock import Clock
from .check import Object, Outcome, Target

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _GOAWAY = 0, 1, 3, 4, 7
_END_STREAM, _END_HEADERS, _ACK = 1, 4, 1
_SERVING = 1
_NAMES = {0: "UNKNOWN", 1: "SERVING", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"}


class GrpcAction:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(self, target: Target, action: Object, timeout: float) -> Outcome:
        address = f"{target.ip}:{action['port']}"
        try:
            async with asyncio.timeout(self._clock.real(timeout)):
                status = await ask(target.ip, int(action["port"]), action.get("service") or "")
        except TimeoutError:
            return Outcome(False, f'timeout: failed to connect service "{address}" within {timeout:g}s')
        except OSError as error:
            return Outcome(False, f'error: failed to connect service "{address}": {error}')
        if status is None:
            return Outcome(False, "error: this server does not implement the grpc health protocol")
        if status != _SERVING:
            return Outcome(False, f'service unhealthy (responded with "{_NAMES.get(status, status)}")')
        return Outcome(True, "service healthy")


async def ask(host: str, port: int, service: str) -> int | None:
    """The ServingStatus; None when the server answered without one. OSError when there is no connection."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        name = service.encode()
        message = bytes((0x0A, len(name))) + name if name else b""
        writer.write(_PREFACE + _frame(_SETTINGS, 0, 0, b""))
        writer.write(_frame(_HEADERS, _END_HEADERS, 1, _headers(f"{host}:{port}")))
        writer.write(_frame(_DATA, _END_STREAM, 1, struct.pack(">BI", 0, len(message)) + message))
        return await _answer(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int | None:
    body = b""
    while True:
        try:
            head = await reader.readexactly(9)
            payload = await reader.readexactly(int.from_bytes(head[:3], "big"))
        except asyncio.IncompleteReadError:
            return None
        kind, flags = head[3], head[4]
        if kind == _SETTINGS and not flags & _ACK:
            writer.write(_frame(_SETTINGS, _ACK, 0, b""))
        elif kind == _DATA:
            body += payload
        if kind in (_RESET, _GOAWAY) or (kind in (_DATA, _HEADERS) and flags & _END_STREAM):
            return _status(body)


def _status(body: bytes) -> int | None:
    if len(body) < 5:
        return None
    message = body[5:]
    # HealthCheckResponse: field 1, a varint; left out when it is UNKNOWN.
    return message[1] if len(message) >= 2 and message[0] == 0x08 else 0


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def _headers(authority: str) -> bytes:
    """HPACK, every field as a literal that is not indexed."""
    fields = [(":method", "POST"), (":scheme", "http"), (":path", "/grpc.health.v1.Health/Check"),
              (":authority", authority), ("content-type", "application/grpc"), ("te", "trailers"),
              ("user-agent", "kube-probe/1.36")]  # fmt: skip
    out = bytearray()
    for name, value in fields:
        out += bytes((0, len(name))) + name.encode() + bytes((len(value),)) + value.encode()
    return bytes(out)
