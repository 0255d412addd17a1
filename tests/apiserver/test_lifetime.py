"""How long a request goes on: for the time it was given, and only while somebody waits for it."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from wherry.apiserver.endpoints import handler
from wherry.apiserver.lifetime import ClientGone, Lifetime

from tests.support import run

from .admission.webhooks.hooks import Hooks, configure, serving_hooks
from .customresources.converting import IN_V2, Hook, with_hook
from .customresources.widgets import WIDGETS, widget
from .harness import CONFIG_MAPS, Api, Reply, config_map, drive


async def nothing() -> dict[str, Any]:
    """What a client says that says nothing and stays."""
    await asyncio.Event().wait()
    return {}


ALLOTTED = "Timeout: request did not complete within the allotted timeout"


@asynccontextmanager
async def slow(api: Api, kind: str = "validating", **more: Any) -> AsyncIterator[Hooks]:
    """A webhook that keeps every ConfigMap waiting."""
    async with serving_hooks() as hooks:
        await configure(api, kind, hooks.hook("slow", **more))
        yield hooks


async def asked(api: Api, query: str = "", gone: asyncio.Event | None = None) -> Reply:
    return await api.ask("POST", f"{CONFIG_MAPS}?{query}", config_map(), gone=gone)


async def absent(api: Api) -> None:
    assert (await api.get(f"{CONFIG_MAPS}/a")).status == 404


@pytest.mark.parametrize("policy", ["Fail", "Ignore"])
def test_a_request_ends_with_the_time_its_client_allows(policy: str) -> None:
    async def scenario(api: Api) -> None:
        async with slow(api, failurePolicy=policy):
            reply = await asked(api, "timeout=50ms")
            assert reply.status == 504
            assert reply.header("content-type") == "text/plain; charset=utf-8"
            assert reply.json == {
                "kind": "Status",
                "apiVersion": "v1",
                "metadata": {},
                "status": "Failure",
                "message": ALLOTTED,
                "reason": "Timeout",
                "details": {},
                "code": 504,
            }
            await absent(api)

    drive(scenario)


def test_a_client_cannot_ask_for_more_than_the_server_allows() -> None:
    async def scenario(api: Api) -> None:
        api.app.asgi._limit = 0.05
        async with slow(api):
            for query in ("timeout=1h", "timeout=0s", "timeout=-1s", "timeout=", ""):
                reply = await asked(api, query)
                assert (reply.status, reply.message) == (504, ALLOTTED), query
            await absent(api)

    drive(scenario)


def test_a_time_that_is_none_is_refused() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(f"{CONFIG_MAPS}?timeout=soon")
        assert reply.status == 400
        assert reply.message == 'invalid timeout specified in the request URL - time: invalid duration "soon"'
        assert reply.json["reason"] == "BadRequest"
        assert (await api.get(f"{CONFIG_MAPS}?timeout=1s")).status == 200

    drive(scenario)


def test_a_write_says_in_the_clients_format_that_it_took_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "WRITE_SECONDS", 0.05)

    async def scenario(api: Api) -> None:
        async with slow(api, "mutating"):
            reply = await asked(api)
            assert (reply.status, reply.header("content-type")) == (504, "application/json")
            assert reply.message == (
                "Timeout: request did not complete within requested timeout - context deadline exceeded"
            )

    drive(scenario)


def test_a_body_that_never_ends_gives_up_its_seat() -> None:
    async def scenario(api: Api) -> None:
        api.app.asgi._limit = 0.05
        reply = await api.ask("POST", CONFIG_MAPS, b'{"metadata":', unfinished=True)
        assert (reply.status, reply.message) == (504, ALLOTTED)

    drive(scenario)


def test_nothing_is_asked_for_a_client_that_has_gone() -> None:
    async def scenario(api: Api) -> None:
        for kind in ("validating", "mutating"):
            async with slow(api, kind) as hooks:
                gone = asyncio.Event()
                asking = asyncio.create_task(asked(api, "", gone), name="asking")
                await hooks.seen(1)
                gone.set()
                assert (await asking).status == 0
                await absent(api)
            await api.ask("DELETE", f"/apis/admissionregistration.k8s.io/v1/{kind}webhookconfigurations")

    drive(scenario)


def test_what_a_client_waited_for_in_another_version_is_given_up() -> None:
    async def scenario(api: Api, hook: Hook) -> None:
        await api.create(WIDGETS, widget(spec={"hostPort": "a:1"}))
        hook.hanging = asyncio.Event()
        gone = asyncio.Event()
        asking = asyncio.create_task(api.ask("GET", f"{IN_V2}/a", gone=gone), name="asking")
        await hook.asked.wait()
        gone.set()
        assert (await asking).status == 0
        reply = await api.get(f"{IN_V2}/a?timeout=50ms")
        assert (reply.status, reply.message) == (504, ALLOTTED)
        hook.hanging.set()

    with_hook(scenario)


def test_a_client_may_go_at_the_very_moment_its_time_is_up() -> None:
    async def scenario() -> None:
        loop, left = asyncio.get_running_loop(), list[bool]()
        life = Lifetime(nothing, 60.0)

        def leave() -> None:
            life.leave()
            left.append(True)

        with pytest.raises(ClientGone):
            async with life.bounded():
                (scope,) = life._scopes
                scope.reschedule(loop.time())
                loop.call_soon(leave)
                await nothing()
        assert left == [True]

    run(scenario())


def test_an_answered_request_holds_on_to_nothing() -> None:
    async def scenario() -> None:
        life, then = Lifetime(nothing, 60.0), asyncio.Event()
        life.look_out(then.set)
        kept = weakref.ref(then)
        life.close()
        del then
        await asyncio.sleep(0)
        assert kept() is None

    run(scenario())
