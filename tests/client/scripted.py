"""A server that answers from a script, for what a well-behaved API server never does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import web
from wherry.client.client import Client
from wherry.client.config import ClientConfig

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def client_of(handler: Handler) -> AsyncIterator[Client]:
    """A client of a server whose every request `handler` answers."""

    async def serve(request: web.Request) -> web.StreamResponse:
        return await handler(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        async with Client(ClientConfig(f"http://{host}:{port}", token="t0k", user_agent="tests")) as client:
            yield client
    finally:
        await runner.cleanup()


def answer(value: object, status: int = 200, **headers: str) -> web.Response:
    return web.Response(
        body=orjson.dumps(value),
        status=status,
        content_type="application/json",
        headers={name.replace("_", "-"): text for name, text in headers.items()},
    )


def config_map(name: str, version: int, **more: object) -> dict[str, Any]:
    return {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {
            "name": name,
            "namespace": "ns",
            "uid": f"uid-{name}",
            "resourceVersion": str(version),
            **more,
        },
    }


def config_map_list(version: int, *items: dict[str, object]) -> dict[str, object]:
    return {
        "kind": "ConfigMapList",
        "apiVersion": "v1",
        "metadata": {"resourceVersion": str(version)},
        "items": list(items),
    }


def status(code: int, reason: str, message: str) -> dict[str, object]:
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "reason": reason,
        "message": message,
        "code": code,
    }


async def stream(
    request: web.Request, *events: object, hold: asyncio.Event | None = None
) -> web.StreamResponse:
    """A watch that sends `events` and then ends, or waits for `hold` first."""
    response = web.StreamResponse()
    await response.prepare(request)
    for event in events:
        await response.write(orjson.dumps(event) + b"\n")
    if hold is not None:
        await hold.wait()
    return response
