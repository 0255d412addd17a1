"""Watches: where they begin, what selectors make of changes, bookmarks, ends, and revisions that are gone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from wherry.apiserver.endpoints import rounds
from wherry.apiserver.endpoints.verbs import watch, watch_lines
from wherry.apiserver.storage.change import WatchEvent
from wherry.apiserver.storage.entry import Entry

from ...harness import CONFIG_MAPS, DEFAULT, NAMESPACES, PODS, Api, asgi_scope, config_map, drive, pod

WATCH = f"{CONFIG_MAPS}?watch=1"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
INITIAL = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"


async def relabel(api: Api, name: str, tier: str | None) -> None:
    await api.patch(f"{CONFIG_MAPS}/{name}", {"metadata": {"labels": {"tier": tier}}})


@pytest.mark.parametrize("start", ["", "&resourceVersion=0"])
def test_without_a_revision_everything_there_comes_first(start: str) -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        async with api.watch(WATCH + start) as stream:
            assert await stream.names(1) == [("ADDED", "a")]
            await api.create(CONFIG_MAPS, config_map("b"))
            await relabel(api, "a", "x")
            await api.ask("DELETE", f"{CONFIG_MAPS}/a")
            assert await stream.names(3) == [("ADDED", "b"), ("MODIFIED", "a"), ("DELETED", "a")]

    drive(scenario)


def test_from_a_revision_only_what_came_later() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        then = api.revision
        await api.create(CONFIG_MAPS, config_map("b"))
        async with api.watch(f"{WATCH}&resourceVersion={then}") as stream:
            kind, obj = await stream.event()
            assert (kind, obj) == ("ADDED", (await api.get(f"{CONFIG_MAPS}/b")).json)

    drive(scenario)


def test_a_deletion_carries_its_own_revision() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        async with api.watch(f"{WATCH}&resourceVersion={api.revision}") as stream:
            await api.ask("DELETE", f"{CONFIG_MAPS}/a")
            _, obj = await stream.event()
            assert obj["metadata"]["resourceVersion"] == str(api.revision)

    drive(scenario)


def test_a_selector_turns_changes_into_comings_and_goings() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        async with api.watch(f"{WATCH}&labelSelector=tier%3Dx&resourceVersion={api.revision}") as stream:
            for tier in ("y", "x", "x", "y", "x"):
                await relabel(api, "a", tier)
            await api.patch(f"{CONFIG_MAPS}/a", {"data": {"k": "v"}})
            await api.ask("DELETE", f"{CONFIG_MAPS}/a")
            kinds = [(await stream.event())[0] for _ in range(5)]
            assert kinds == ["ADDED", "DELETED", "ADDED", "MODIFIED", "DELETED"]

    drive(scenario)


@pytest.mark.parametrize("path", [f"{WATCH}&fieldSelector=metadata.name%3Db", "/api/v1/watch{}/b"])
def test_one_object_is_watched_by_name(path: str) -> None:
    async def scenario(api: Api) -> None:
        await api.create(NAMESPACES, {"metadata": {"name": "other"}})
        async with api.watch(path.format(CONFIG_MAPS.removeprefix("/api/v1"))) as stream:
            await stream.reply_started()
            await api.create(f"{NAMESPACES}/other/configmaps", config_map("b"))
            await api.create(CONFIG_MAPS, config_map("a"))
            await api.create(CONFIG_MAPS, config_map("b"))
            kind, obj = await stream.event()
            assert (kind, obj["metadata"]["namespace"]) == ("ADDED", "default")

    drive(scenario)


def test_initial_events_end_with_a_bookmark() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        async with api.watch(f"{WATCH}{INITIAL}&allowWatchBookmarks=true") as stream:
            assert await stream.names(1) == [("ADDED", "a")]
            kind, obj = await stream.event()
            assert (kind, obj["kind"]) == ("BOOKMARK", "ConfigMap")
            assert obj["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
            assert obj["metadata"]["resourceVersion"] == str(api.revision)

    drive(scenario)


def test_initial_events_may_be_declined() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        query = "&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=0"
        async with api.watch(WATCH + query) as stream:
            await stream.reply_started()
            await api.create(CONFIG_MAPS, config_map("b"))
            assert await stream.names(1) == [("ADDED", "b")]

    drive(scenario)


def test_a_revision_that_is_gone_is_an_error_in_the_stream() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        for _ in range(3):
            await relabel(api, "a", str(api.revision))
        await api.forget()
        async with api.watch(f"{WATCH}&resourceVersion=2") as stream:
            kind, status = await stream.event()
            assert (kind, status["code"], status["reason"]) == ("ERROR", 410, "Expired")
            assert status["message"].startswith("too old resource version: 2 (")
            assert (stream.reply.status, await stream.line()) == (200, b"")

    drive(scenario)


@pytest.mark.parametrize(
    ("query", "status", "why"),
    [
        ("&resourceVersion=x", 500, 'parsing "x": invalid syntax'),
        ("&sendInitialEvents=true", 422, "sendInitialEvents requires setting resourceVersionMatch"),
        ("&resourceVersionMatch=NotOlderThan", 422, "resourceVersionMatch is forbidden for watch unless"),
        ("&timeoutSeconds=soon", 400, 'strconv.ParseInt: parsing "soon"'),
    ],
)
def test_options_that_make_no_sense(query: str, status: int, why: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(WATCH + query)
        assert reply.status == status
        assert why in reply.message

    drive(scenario)


def test_tables_name_their_columns_once() -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod("a"))
        await api.create(PODS, pod("b"))
        async with api.watch(f"{PODS}?watch=true", TABLE) as stream:
            first, second = [(await stream.event())[1] for _ in range(2)]
        assert (first["kind"], len(first["rows"])) == ("Table", 1)
        assert (bool(first["columnDefinitions"]), second["columnDefinitions"]) == (True, None)

    drive(scenario)


def test_metadata_alone_is_encoded_once_for_all_who_ask_for_it() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        async with api.watch(WATCH, PARTIAL) as one, api.watch(WATCH, PARTIAL) as other:
            assert (await one.event())[1]["metadata"]["name"] == "a"
            await relabel(api, "a", "x")
            await api.ask("DELETE", f"{CONFIG_MAPS}/a")
            told = [await one.event() for _ in range(2)]
            await other.event()
            assert told == [await other.event() for _ in range(2)]
        assert [kind for kind, _ in told] == ["MODIFIED", "DELETED"]
        for _, obj in told:
            assert obj.keys() == {"kind", "apiVersion", "metadata"}
            assert (obj["kind"], obj["apiVersion"]) == ("PartialObjectMetadata", "meta.k8s.io/v1")
        assert told[1][1]["metadata"]["resourceVersion"] == str(api.revision)

    drive(scenario)


def test_the_line_of_metadata_is_made_at_first_use() -> None:
    stored = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a"}, "data": {"k": "v"}}
    event = WatchEvent("ADDED", Entry("/registry/configmaps/default/a", stored, b"", 1))
    assert event.partial is None
    line = watch_lines.partial(event)
    assert b'"data"' not in line
    assert watch_lines.partial(event) is line


def test_a_watch_ends_when_its_time_is_up_and_when_the_server_ends() -> None:
    async def scenario(api: Api) -> None:
        async with api.watch(f"{WATCH}&timeoutSeconds=1") as stream:
            assert await stream.line() == b""
        async with api.watch(WATCH) as stream:
            await stream.reply_started()
            api.app.storage.end_watches()
            assert await stream.line() == b""

    drive(scenario)


def test_watching_with_a_name_in_the_path_is_getting() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(f"{DEFAULT}/serviceaccounts/default?watch=1")
        assert (reply.status, reply.json["kind"]) == (200, "ServiceAccount")

    drive(scenario)


def test_a_watch_that_nobody_reads_ends_soon_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "UNREAD_SECONDS", 0.05)

    async def scenario(api: Api) -> None:
        cut = asyncio.Event()
        request = asgi_scope("GET", f"{WATCH}&timeoutSeconds=1", {}, False)
        request["state"]["abort"] = cut.set

        async def receive() -> dict[str, Any]:
            await asyncio.Event().wait()
            return {}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.body":
                await asyncio.Event().wait()

        await api.app.asgi(request, receive, send)
        assert cut.is_set()
        assert api.app.storage.cache("", "configmaps")._watchers == {}

    drive(scenario)


def test_from_a_revision_to_come_only_what_follows_it() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        async with api.watch(f"{WATCH}&resourceVersion={api.revision + 2}") as stream:
            await stream.reply_started()
            for number in range(4):
                await relabel(api, "a", str(number))
            await api.ask("DELETE", f"{CONFIG_MAPS}/a")
            assert await stream.names(3) == [("MODIFIED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]

    drive(scenario)


def test_events_that_follow_closely_arrive_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first few, which go at once."""
    monkeypatch.setattr(rounds, "GATHER_SECONDS", 0.2)
    monkeypatch.setattr(rounds, "BURST", 0)

    async def scenario(api: Api) -> None:
        async with api.watch(WATCH) as stream:
            await stream.reply_started()
            await api.create(CONFIG_MAPS, config_map("a"))
            first = await stream.names(1)
            pieces = stream.reply.pieces
            for name in ("b", "c", "d"):
                await api.create(CONFIG_MAPS, config_map(name))
            assert first + await stream.names(3) == [("ADDED", name) for name in "abcd"]
            assert stream.reply.pieces == pieces + 1

    drive(scenario)


def test_events_that_gather_go_before_a_later_one_of_another_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client hears of a namespace before the first object in it."""
    monkeypatch.setattr(rounds, "GATHER_SECONDS", 0.5)
    monkeypatch.setattr(rounds, "BURST", 0)

    async def scenario(api: Api) -> None:
        since = f"{NAMESPACES}?watch=1&resourceVersion={api.revision}"
        async with api.watch(since) as namespaces, api.watch(WATCH) as objects:
            await namespaces.reply_started()
            await objects.reply_started()
            for name in ("one", "two"):
                body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
                await api.create(NAMESPACES, body)
            await api.create(CONFIG_MAPS, config_map())
            assert await objects.names(1) == [("ADDED", "a")]
            async with asyncio.timeout(0.1):
                assert await namespaces.names(2) == [("ADDED", "one"), ("ADDED", "two")]

    drive(scenario)


def test_a_name_in_the_path_and_another_in_the_selector_do_not_go_together() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get("/api/v1/watch/namespaces/default/configmaps/a?fieldSelector=metadata.name%3Db")
        assert (reply.status, reply.message) == (
            400,
            "fieldSelector metadata.name doesn't match requested name",
        )

    drive(scenario)
