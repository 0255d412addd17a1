"""Priority and fairness as clients meet it: which flow a request belongs to, and what happens when it is
full."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from wherry.apiserver.endpoints.exchange import Request
from wherry.apiserver.endpoints.requestinfo import parse
from wherry.apiserver.flowcontrol.controller import PriorityAndFairness
from wherry.apiserver.flowcontrol.level import Level, Ticket
from wherry.apiserver.registry.strategy import User

from ..harness import CONFIG_MAPS, DEFAULT, Api, asgi_scope, config_map, drive

GROUP = "/apis/flowcontrol.apiserver.k8s.io/v1"
LEVELS, SCHEMAS = f"{GROUP}/prioritylevelconfigurations", f"{GROUP}/flowschemas"
SCHEMA_UID, LEVEL_UID = "x-kubernetes-pf-flowschema-uid", "x-kubernetes-pf-prioritylevel-uid"
EVERYTHING = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
RBAC = "rbac.authorization.k8s.io"
AS_JANE = {"impersonate-user": "jane", "impersonate-group": "system:authenticated"}


def gate(api: Api) -> PriorityAndFairness:
    found = api.app.gate
    assert isinstance(found, PriorityAndFairness)
    return found


def level(name: str = "narrow", shares: int = 1, **response: Any) -> dict[str, Any]:
    limited = {"nominalConcurrencyShares": shares, "limitResponse": response or {"type": "Reject"}}
    return {"metadata": {"name": name}, "spec": {"type": "Limited", "limited": limited}}


def schema(name: str = "janes", level: str = "narrow", **spec: Any) -> dict[str, Any]:
    rule = {
        "subjects": [{"kind": "User", "user": {"name": "jane"}}],
        "resourceRules": [
            {
                "verbs": ["*"],
                "apiGroups": ["*"],
                "resources": ["*"],
                "clusterScope": True,
                "namespaces": ["*"],
            }
        ],
    }
    found = {"priorityLevelConfiguration": {"name": level}, "matchingPrecedence": 10, "rules": [rule], **spec}
    return {"metadata": {"name": name}, "spec": found}


async def narrowed(api: Api, seats: int, **response: Any) -> Level:
    """A level for jane's requests with so many seats."""
    roles = f"/apis/{RBAC}/v1/clusterroles"
    await api.create(roles, {"metadata": {"name": "all"}, "rules": [EVERYTHING]})
    binding = {
        "metadata": {"name": "jane"},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "all"},
        "subjects": [{"apiGroup": RBAC, "kind": "User", "name": "jane"}],
    }
    await api.create(f"/apis/{RBAC}/v1/clusterrolebindings", binding)
    await api.create(LEVELS, level(**response))
    await api.create(SCHEMAS, schema())
    await api.ask("GET", CONFIG_MAPS, headers=AS_JANE)
    found = gate(api).config.levels["narrow"]
    found.limit = seats
    return found


def request(name: str = "jane") -> Request:
    async def nothing(*_: Any) -> Any:
        raise AssertionError("not to be called")

    made = Request(asgi_scope("GET", CONFIG_MAPS, {}, False), nothing, nothing)
    made.info, made.user = parse("GET", CONFIG_MAPS), User(name, "", ("system:authenticated",))
    return made


@contextmanager
def seated(api: Api) -> Iterator[Ticket]:
    """Somebody has a seat of jane's level."""
    ticket = gate(api).enter(request(), api.clock.monotonic())
    assert ticket is not None
    try:
        yield ticket
    finally:
        gate(api).leave(ticket, api.clock.monotonic())


async def settled() -> None:
    """Lets every task go on as far as it can: nothing here waits for a socket."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_every_answer_says_which_flow_its_request_belonged_to() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(LEVELS, level()), await api.create(SCHEMAS, schema())
        wanted = [obj["metadata"]["uid"] for obj in made]
        for path in (CONFIG_MAPS, f"{CONFIG_MAPS}/none", f"{DEFAULT}/secrets"):
            reply = await api.ask("GET", path, headers=AS_JANE)
            assert [reply.header(LEVEL_UID), reply.header(SCHEMA_UID)] == wanted, path

    drive(scenario)


def test_watches_and_documents_say_so_too() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get("/version")
        assert LEVEL_UID in dict(reply.headers)
        async with api.watch(f"{CONFIG_MAPS}?watch=1") as stream:
            await stream.reply_started()
            assert LEVEL_UID in dict(stream.reply.headers)

    drive(scenario)


def test_a_changed_schema_counts_from_the_next_request_on() -> None:
    async def scenario(api: Api) -> None:
        await api.create(LEVELS, level())
        await api.create(SCHEMAS, schema())
        before = (await api.ask("GET", CONFIG_MAPS, headers=AS_JANE)).header(SCHEMA_UID)
        first = await api.create(SCHEMAS, schema("first", matchingPrecedence=2))
        after = (await api.ask("GET", CONFIG_MAPS, headers=AS_JANE)).header(SCHEMA_UID)
        assert before != after == first["metadata"]["uid"]

    drive(scenario)


def test_a_full_level_answers_429_and_when_to_come_back() -> None:
    async def scenario(api: Api) -> None:
        await narrowed(api, 1)
        with seated(api):
            reply = await api.ask("GET", CONFIG_MAPS, headers=AS_JANE)
        assert (reply.status, reply.text) == (429, "Too many requests, please try again later.\n")
        assert reply.header("retry-after") == "1"
        assert reply.header("content-type") == "text/plain; charset=utf-8"
        assert reply.header(LEVEL_UID)
        assert (await api.ask("GET", CONFIG_MAPS, headers=AS_JANE)).status == 200

    drive(scenario)


def test_a_refused_write_leaves_the_store_as_it_was() -> None:
    async def scenario(api: Api) -> None:
        await narrowed(api, 1)
        before = api.revision
        with seated(api):
            reply = await api.ask("POST", CONFIG_MAPS, config_map(), headers=AS_JANE)
        assert (reply.status, api.revision) == (429, before)

    drive(scenario)


def test_others_are_not_held_up() -> None:
    async def scenario(api: Api) -> None:
        await narrowed(api, 1)
        with seated(api):
            assert (await api.get(CONFIG_MAPS)).status == 200

    drive(scenario)


def test_a_queued_request_goes_on_when_a_seat_is_free() -> None:
    async def scenario(api: Api) -> None:
        queuing = {"queues": 4, "handSize": 2, "queueLengthLimit": 5}
        found = await narrowed(api, 1, type="Queue", queuing=queuing)
        with seated(api):
            asking = asyncio.create_task(api.ask("GET", CONFIG_MAPS, headers=AS_JANE))
            await settled()
            assert (found.waiting, asking.done()) == (1, False)
        assert (await asking).status == 200

    drive(scenario)


def test_a_queued_request_whose_task_ends_gives_its_place_up() -> None:
    async def scenario(api: Api) -> None:
        queuing = {"queues": 4, "handSize": 2, "queueLengthLimit": 5}
        found = await narrowed(api, 1, type="Queue", queuing=queuing)
        with seated(api):
            asking = asyncio.create_task(api.ask("GET", CONFIG_MAPS, headers=AS_JANE))
            await settled()
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            assert (found.waiting, found.cancelled) == (0, 1)

    drive(scenario)


def test_a_watch_takes_a_seat_only_until_it_has_begun() -> None:
    async def scenario(api: Api) -> None:
        found = await narrowed(api, 1)
        async with api.watch(f"{CONFIG_MAPS}?watch=1") as stream:
            await stream.reply_started()
            assert all(not level.running for level in gate(api).config.levels.values())
        assert found.idle

    drive(scenario)


@pytest.mark.parametrize("path", [f"{DEFAULT}/pods/a/log", f"{DEFAULT}/services/a/proxy/x"])
def test_long_requests_are_not_counted(path: str) -> None:
    async def scenario(api: Api) -> None:
        await narrowed(api, 0)
        reply = await api.ask("GET", path, headers=AS_JANE)
        assert (reply.status, reply.header(LEVEL_UID)) == (404, "")

    drive(scenario)


def test_a_long_list_takes_several_seats() -> None:
    async def scenario(api: Api) -> None:
        for number in range(250):
            await api.create(CONFIG_MAPS, config_map(f"c{number}"))
        found = await narrowed(api, 3)
        found.largest = 10
        with seated(api) as ticket:
            assert ticket.seats == 3

    drive(scenario)


def test_without_objects_the_mandatory_ones_are_taken_to_be_there() -> None:
    async def scenario(api: Api) -> None:
        await api.get(CONFIG_MAPS)
        config = gate(api).config
        assert [s.name for s in config.schemas] == ["exempt", "catch-all"]
        assert config.levels["exempt"].exempt
        assert config.levels["catch-all"].nominal == 600

    drive(scenario)


def test_a_level_that_is_gone_serves_its_last_requests() -> None:
    async def scenario(api: Api) -> None:
        await narrowed(api, 1)
        with seated(api):
            await api.ask("DELETE", f"{LEVELS}/narrow")
            reply = await api.ask("GET", CONFIG_MAPS, headers=AS_JANE)
            assert reply.status == 200
            assert "narrow" in gate(api).config.quiescing
        gate(api).adjust()
        assert "narrow" not in gate(api).config.levels

    drive(scenario)
