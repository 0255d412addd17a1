"""The health and metrics port that a component's process serves beside its work, in plain HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], str]
"""Why not well; empty when well."""


def well() -> str:
    """The check of what is well as long as it answers."""
    return ""


@contextlib.asynccontextmanager
async def served(
    address: str,
    port: int,
    checks: Mapping[str, Check],
    metrics: Callable[[], bytes] | None = generate_latest,
) -> AsyncIterator[None]:
    """Answers while the block runs: each path 200 `ok` or 503 with its check's reason, and /metrics unless
    None. Nothing is served on port 0."""
    if not port:
        yield
        return
    app = web.Application()
    for path, check in checks.items():
        app.router.add_get(path, _answering(check))
    if metrics is not None:
        app.router.add_get("/metrics", _scraped(metrics))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, address, port).start()
        yield
    finally:
        await runner.cleanup()


def _answering(check: Check) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        problem = check()
        return web.Response(status=503, text=problem) if problem else web.Response(text="ok")

    return answer


def _scraped(metrics: Callable[[], bytes]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=metrics(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return answer
