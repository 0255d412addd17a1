"""The health and metrics port that a component's process serves beside its work, in plain HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from types import MappingProxyType

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ..apimachinery import version
from ..apimachinery.slis import Levels

Check = Callable[[], str]
"""Why not well; empty when well."""
Text = Callable[[], bytes]
"""Makes what Prometheus reads."""


def metrics() -> bytes:
    """Everything that this process counts, and what it is."""
    return generate_latest() + version.metric().encode()


METRICS: Mapping[str, Text] = MappingProxyType({"/metrics": metrics})


def well() -> str:
    """The check of what is well as long as it answers."""
    return ""


@contextlib.asynccontextmanager
async def served(
    address: str,
    port: int,
    checks: Mapping[str, Check],
    texts: Mapping[str, Text] = METRICS,
) -> AsyncIterator[None]:
    """Answers while the block runs: each path 200 `ok` or 503 with its check's reason, the `texts` that
    Prometheus reads and, with any of these, `/metrics/slis`. Nothing is served on port 0."""
    if not port:
        yield
        return
    app = web.Application()
    levels = Levels()
    for path, check in checks.items():
        app.router.add_get(path, _answering(path.strip("/"), check, levels))
    slis: Mapping[str, Text] = {"/metrics/slis": lambda: levels.render().encode()} if texts else {}
    for path, text in {**texts, **slis}.items():
        app.router.add_get(path, _scraped(text))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, address, port).start()
        yield
    finally:
        await runner.cleanup()


def _answering(kind: str, check: Check, levels: Levels) -> Callable[[web.Request], Awaitable[web.Response]]:
    name = "ping" if check is well else "informer-sync"

    async def answer(request: web.Request) -> web.Response:
        problem = check()
        levels.note(kind, name, well=not problem)
        return web.Response(status=503, text=problem) if problem else web.Response(text="ok")

    return answer


def _scraped(metrics: Text) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=metrics(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return answer
