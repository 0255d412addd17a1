"""Watch fan-out: many watchers of one namespace's ConfigMaps and one writer at a steady rate."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from typing import NamedTuple

from .cluster import Api

PATH = "/api/v1/namespaces/default/configmaps"
STAMP = re.compile(rb'"stamp":"([0-9.]+)"')
TAIL = 64
SETTLE = 1.5
"""Seconds for the last events to arrive."""


class Latency(NamedTuple):
    """Milliseconds from the start of a write to its arrival at a watcher; `lost` events never came."""

    p50: float
    p99: float
    lost: int


def run(port: int, token: str, *, watchers: int, rate: float, seconds: float) -> Latency:
    return asyncio.run(_run(port, token, watchers, rate, seconds))


async def _run(port: int, token: str, watchers: int, rate: float, seconds: float) -> Latency:
    found: list[float] = []
    ready = asyncio.Semaphore(0)
    page = await asyncio.to_thread(Api(port, token), "GET", f"{PATH}?limit=1")
    query = f"watch=1&resourceVersion={page['metadata']['resourceVersion']}&timeoutSeconds={seconds + 60:.0f}"
    request = _request(token, "GET", f"{PATH}?{query}")
    tasks = [asyncio.create_task(_watch(port, request, found, ready)) for _ in range(watchers)]
    for _ in tasks:
        await ready.acquire()
    written = await _write(port, token, rate, seconds)
    wanted = written * watchers
    await asyncio.sleep(SETTLE)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    found.sort()
    p50, p99 = (found[int(len(found) * part)] * 1000 for part in (0.5, 0.99))
    return Latency(p50, p99, wanted - len(found))


async def _open(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return await asyncio.open_connection("127.0.0.1", port, ssl=context)


def _request(token: str, method: str, path: str, body: bytes = b"") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def _watch(port: int, request: bytes, found: list[float], ready: asyncio.Semaphore) -> None:
    reader, writer = await _open(port)
    writer.write(request)
    await reader.readuntil(b"\r\n\r\n")
    ready.release()
    tail = b""
    try:
        while data := await reader.read(65536):
            now, text, end = time.time(), tail + data, 0
            for stamp in STAMP.finditer(text):
                found.append(now - float(stamp[1]))
                end = stamp.end()
            tail = text[end:][-TAIL:]
    finally:
        writer.close()


async def _write(port: int, token: str, rate: float, seconds: float) -> int:
    """How many ConfigMaps were written."""
    reader, writer = await _open(port)
    start, count = time.time(), 0
    while time.time() - start < seconds:
        count += 1
        name = f"w{start:.0f}-{rate:.0f}-{count}"
        body = f'{{"metadata":{{"name":"{name}"}},"data":{{"stamp":"{time.time():.6f}"}}}}'
        writer.write(_request(token, "POST", PATH, body.encode()))
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        if not head.startswith(b"HTTP/1.1 201") or length is None:
            raise SystemExit(f"the write failed: {head!r}")
        await reader.readexactly(int(length[1]))
        await asyncio.sleep(max(0.0, start + count / rate - time.time()))
    writer.close()
    return count
