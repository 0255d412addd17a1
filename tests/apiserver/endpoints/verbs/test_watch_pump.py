"""Which events leave at once, and which wait for the task of their watch."""

from __future__ import annotations

import pytest
from wherry.apiserver.endpoints import rounds

from ...harness import CONFIG_MAPS, NAMESPACES, Api, config_map, drive

WATCH = f"{CONFIG_MAPS}?watch=1"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
PROTOBUF = "application/vnd.kubernetes.protobuf;stream=watch"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


@pytest.mark.parametrize(("accept", "pushed"), [("", 3), (PARTIAL, 3), (TABLE, 0)])
def test_lines_that_watches_share_leave_at_once(accept: str, pushed: int) -> None:
    async def scenario(api: Api) -> None:
        async with api.watch(WATCH, accept) as stream:
            await stream.reply_started()
            for name in "abc":
                await api.create(CONFIG_MAPS, config_map(name))
                await stream.event()
            assert stream.pushed == pushed

    drive(scenario)


def test_so_do_frames() -> None:
    async def scenario(api: Api) -> None:
        async with api.watch(WATCH, PROTOBUF) as stream:
            await stream.reply_started()
            await api.create(CONFIG_MAPS, config_map())
            await stream.frame()
            assert stream.pushed == 1

    drive(scenario)


def test_a_client_that_is_slow_gets_every_event_all_the_same() -> None:
    async def scenario(api: Api) -> None:
        async with api.watch(WATCH) as stream:
            await stream.reply_started()
            for name, stream.slow in (("a", False), ("b", True), ("c", True), ("d", False)):
                await api.create(CONFIG_MAPS, config_map(name))
                assert await stream.names(1) == [("ADDED", name)]
            assert stream.pushed == 2

    drive(scenario)


def test_nothing_overtakes_an_event_that_a_slow_watch_of_the_client_has_to_tell() -> None:
    async def scenario(api: Api) -> None:
        since = f"{NAMESPACES}?watch=1&resourceVersion={api.revision}"
        async with api.watch(since) as namespaces, api.watch(WATCH) as objects:
            await namespaces.reply_started()
            await objects.reply_started()
            namespaces.slow = True
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "one"}}
            await api.create(NAMESPACES, body)
            await api.create(CONFIG_MAPS, config_map())
            assert await namespaces.names(1) == [("ADDED", "one")]
            assert await objects.names(1) == [("ADDED", "a")]

    drive(scenario)


def test_a_watch_that_sent_much_of_late_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "GATHER_SECONDS", 0.1)
    monkeypatch.setattr(rounds, "BURST", 1)

    async def scenario(api: Api) -> None:
        async with api.watch(WATCH) as stream:
            await stream.reply_started()
            for name in "abcd":
                await api.create(CONFIG_MAPS, config_map(name))
            assert await stream.names(4) == [("ADDED", name) for name in "abcd"]
            assert stream.pushed == 2

    drive(scenario)
