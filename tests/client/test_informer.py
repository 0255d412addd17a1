"""The informer's cache follows the server and tells every change once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from wherry.apimachinery.clock import SystemClock
from wherry.client.informer import Informer
from wherry.client.resources import CONFIGMAPS
from wherry.client.tasks import Tasks

from tests.client import scripted
from tests.support import run

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Script:
    """Answers lists and watches in turn; a watch beyond the script stays open and silent."""

    def __init__(self, lists: list[object], watches: list[Answer]) -> None:
        self.lists, self.watches = lists, watches
        self.versions: list[str] = []
        self.end = asyncio.Event()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        if "watch" not in request.query:
            return scripted.answer(self.lists.pop(0))
        self.versions.append(request.query["resourceVersion"])
        if self.watches:
            return await self.watches.pop(0)(request)
        return await scripted.stream(request, hold=self.end)


def sends(*events: object) -> Answer:
    async def watch(request: web.Request) -> web.StreamResponse:
        return await scripted.stream(request, *events)

    return watch


@asynccontextmanager
async def informer_of(script: Script) -> AsyncIterator[tuple[Informer, list[tuple[str, str]]]]:
    told: list[tuple[str, str]] = []
    async with scripted.client_of(script) as client, Tasks() as tasks:
        informer = Informer(client, CONFIGMAPS, clock=SystemClock(50))
        informer.on_event(lambda kind, new, old: told.append((kind, new["metadata"]["name"])))
        tasks.spawn("informer", informer.run())
        await informer.synced()
        yield informer, told
        script.end.set()


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - the condition is a cache, not an event
        await asyncio.sleep(0.001)


def event(kind: str, name: str, version: int, **more: object) -> dict[str, object]:
    return {"type": kind, "object": scripted.config_map(name, version, **more)}


def test_objects_come_without_their_managed_fields() -> None:
    async def go() -> None:
        listed, seen = (scripted.config_map(name, 3) for name in "ab")
        for one in (listed, seen):
            one["metadata"]["managedFields"] = [{"manager": "kubectl"}]
        script = Script([scripted.config_map_list(5, listed)], [sends({"type": "ADDED", "object": seen})])
        async with informer_of(script) as (informer, told):
            await until(lambda: len(told) == 2)
            assert all("managedFields" not in found["metadata"] for found in informer.list())

    run(go())


def test_a_list_is_told_as_added() -> None:
    async def go() -> None:
        script = Script([scripted.config_map_list(5, scripted.config_map("a", 3))], [])
        async with informer_of(script) as (informer, told):
            assert told == [("ADDED", "a")]
            assert informer.get("ns/a") is not None
            assert [o["metadata"]["name"] for o in informer.list("ns")] == ["a"]
            assert informer.list("other") == []

    run(go())


def test_events_change_the_cache_and_a_watch_resumes_where_it_was() -> None:
    async def go() -> None:
        first = sends(event("ADDED", "b", 6), event("MODIFIED", "a", 7), event("DELETED", "b", 8))
        script = Script([scripted.config_map_list(5, scripted.config_map("a", 3))], [first])
        async with informer_of(script) as (informer, told):
            await until(lambda: len(script.versions) == 2)
            assert told == [("ADDED", "a"), ("ADDED", "b"), ("MODIFIED", "a"), ("DELETED", "b")]
            assert script.versions == ["5", "8"]
            assert informer.get("ns/b") is None

    run(go())


def test_after_410_only_the_differences_are_told() -> None:
    async def go() -> None:
        gone = sends({"type": "ERROR", "object": scripted.status(410, "Expired", "too old")})
        before = scripted.config_map_list(5, scripted.config_map("same", 3), scripted.config_map("lost", 4))
        after = scripted.config_map_list(9, scripted.config_map("same", 3), scripted.config_map("new", 8))
        script = Script([before, after], [gone])
        async with informer_of(script) as (_, told):
            await until(lambda: len(script.versions) == 2)
            assert told[2:] == [("DELETED", "lost"), ("ADDED", "new")]

    run(go())


def test_a_new_object_under_an_old_name_is_told_as_deletion_and_addition() -> None:
    async def go() -> None:
        script = Script(
            [scripted.config_map_list(5, scripted.config_map("a", 3))],
            [sends(event("MODIFIED", "a", 7, uid="another"))],
        )
        async with informer_of(script) as (_, told):
            await until(lambda: len(told) == 3)
            assert told[1:] == [("DELETED", "a"), ("ADDED", "a")]

    run(go())


def test_an_index_answers_without_scanning() -> None:
    async def go() -> None:
        script = Script(
            [scripted.config_map_list(5, scripted.config_map("a", 3, labels={"x": "1"}))],
            [sends(event("MODIFIED", "a", 7, labels={"x": "2"}))],
        )
        async with informer_of(script) as (informer, told):
            informer.add_index("x", lambda o: [o["metadata"]["labels"]["x"]])
            await until(lambda: len(told) == 2)
            assert informer.by_index("x", "1") == []
            assert len(informer.by_index("x", "2")) == 1

    run(go())


def test_a_broken_watch_is_taken_up_again() -> None:
    async def breaks(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def go() -> None:
        script = Script([scripted.config_map_list(5)], [breaks, sends(event("ADDED", "b", 6))])
        async with informer_of(script) as (_, told):
            await until(lambda: told == [("ADDED", "b")])

    run(go())


def test_metadata_alone_is_asked_for_and_only_what_life_depends_on_is_kept() -> None:
    async def go() -> None:
        accepts: list[str] = []
        listed = scripted.config_map("a", 3, labels={"x": "1"}, finalizers=["f"], annotations={"y": "2"})
        partial = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1"}
        script = Script(
            [{**scripted.config_map_list(5, listed), **partial}], [sends(event("ADDED", "whole", 6))]
        )

        async def noting(request: web.Request) -> web.StreamResponse:
            accepts.append(request.headers["Accept"])
            return await script(request)

        async with scripted.client_of(noting) as client, Tasks() as tasks:
            informer = Informer(client, CONFIGMAPS, clock=SystemClock(50), metadata_only=True)
            tasks.spawn("informer", informer.run())
            await until(lambda: len(informer.list()) == 2)
            script.end.set()
        ours = {"namespace": "ns", "name": "a", "uid": "uid-a", "resourceVersion": "3", "finalizers": ["f"]}
        assert informer.get("ns/a") == {"metadata": ours}
        assert (informer.get("ns/whole") or {}).keys() == {"metadata"}
        suffix = ";g=meta.k8s.io;v=v1,application/json"
        assert accepts[0] == f"application/json;as=PartialObjectMetadataList{suffix}"
        assert accepts[1] == f"application/json;as=PartialObjectMetadata{suffix}"

    run(go())
