"""`/healthz` in plain HTTP for whoever watches the process, as upstream's port 10248."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from aiohttp import web


@contextlib.asynccontextmanager
async def served(address: str, port: int, is_well: Callable[[], bool]) -> AsyncIterator[None]:
    """Answers while the block runs: 200 `ok`, or 503 as long as `is_well` says no. Nothing with port 0."""
    if not port:
        yield
        return

    async def healthz(request: web.Request) -> web.Response:
        if not is_well():
            return web.Response(status=503, text="the node has not registered yet")
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, address, port).start()
        yield
    finally:
        await runner.cleanup()
