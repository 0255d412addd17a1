"""A real HTTP server that has a say in where pods go, and a scheduler that asks it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import web
from wherry.apimachinery.clock import FakeClock
from wherry.client.tasks import Tasks
from wherry.scheduler.config.model import Extender as Config
from wherry.scheduler.extender import Extender
from wherry.scheduler.extenders import Extenders
from wherry.scheduler.plugins.default import DEFAULT

from tests.scheduler.test_scheduler import World
from tests.support import run

Object = dict[str, Any]
Answer = Callable[[Object], Awaitable[Any]]
VERBS = {"filterVerb": "filter", "prioritizeVerb": "prioritize", "preemptVerb": "preempt", "bindVerb": "bind"}


class Server:
    """Answers what `says` holds for a verb (a value, or what comes of the question), and keeps questions."""

    def __init__(self) -> None:
        self.says: dict[str, Any] = {}
        self.asked: list[tuple[str, Object]] = []
        self.code = 200
        self.open = asyncio.Event()
        """Answers wait for it."""
        self.open.set()

    async def handle(self, request: web.Request) -> web.Response:
        verb, question = request.match_info["verb"], await request.json()
        self.asked.append((verb, question))
        await self.open.wait()
        said = self.says[verb]
        if isinstance(said, bytes):
            return web.Response(body=said, status=self.code)
        return web.json_response(said(question) if callable(said) else said, status=self.code)

    def verbs(self) -> list[str]:
        return [verb for verb, _ in self.asked]


class Outside:
    """A scheduler and its extenders. `extenders` and `servers` run in the same order."""

    def __init__(self, world: World, servers: list[Server], extenders: Extenders) -> None:
        self.world = world
        self.servers = servers
        self.server = servers[0]
        self.extenders = extenders

    async def until(self, done: Callable[[], Any]) -> None:
        while not done():  # noqa: ASYNC110 - asked of a scripted API
            await asyncio.sleep(0.001)

    async def bound(self, name: str) -> str:
        await self.until(lambda: name in self.world.api.bound)
        return self.world.api.bound[name]

    async def refused(self, name: str) -> Object:
        """The condition that says so."""
        await self.until(lambda: "conditions" in self.world.api.status.get(name, {}))
        condition: Object = self.world.api.status.pop(name)["conditions"][0]
        return condition


def outside(test: Callable[[Outside], Awaitable[None]], *settings: Object) -> None:
    """Runs `test` with an extender for each of `settings`: fields of its configuration."""

    async def whole() -> None:
        servers = [Server() for _ in settings]
        world = World(FakeClock(), DEFAULT)
        runners = []
        made = []
        try:
            for server, fields in zip(servers, settings, strict=True):
                runners.append(await _served(server))
                made.append(Extender(_config(runners[-1], fields), world.known.get))
            async with Extenders(made) as extenders:
                await _scheduling(world, extenders, test, servers)
        finally:
            for runner in runners:
                await runner.cleanup()

    run(whole())


async def _served(server: Server) -> web.AppRunner:
    app = web.Application()
    app.router.add_post("/api/{verb}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner


def _config(runner: web.AppRunner, fields: Object) -> Config:
    host, port = runner.addresses[0][:2]
    return Config.model_validate({"urlPrefix": f"http://{host}:{port}/api", **fields})


async def _scheduling(
    world: World,
    extenders: Extenders,
    test: Callable[[Outside], Awaitable[None]],
    servers: Sequence[Server],
) -> None:
    for desk in world.desks:
        desk.framework.extenders = extenders
    async with Tasks() as tasks:
        tasks.spawn("writer", world.writer.run())
        for one in world.desks:
            tasks.spawn(f"events of {one.name}", one.events.run())
        tasks.spawn("scheduling", world.scheduler.run())
        tasks.spawn("aside", world.scheduler.run_aside())
        await test(Outside(world, list(servers), extenders))
