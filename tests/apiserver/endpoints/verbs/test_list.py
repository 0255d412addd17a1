"""Lists: order, pages over a snapshot, and what resourceVersion asks for."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from ...harness import CONFIG_MAPS, NAMESPACES, Api, Reply, config_map, drive


async def letters(api: Api, names: str) -> None:
    for name in names:
        await api.create(CONFIG_MAPS, config_map(name))


def names(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.text
    return [item["metadata"]["name"] for item in reply.json["items"]]


def token(**value: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()


def test_objects_come_in_key_order_of_all_namespaces() -> None:
    async def scenario(api: Api) -> None:
        await api.create(NAMESPACES, {"metadata": {"name": "above"}})
        await letters(api, "cab")
        await api.create(f"{NAMESPACES}/above/configmaps", config_map("z"))
        assert names(await api.get(CONFIG_MAPS)) == ["a", "b", "c"]
        assert names(await api.get("/api/v1/configmaps")) == ["z", "a", "b", "c"]

    drive(scenario)


def test_pages_follow_each_other_over_one_snapshot() -> None:
    async def scenario(api: Api) -> None:
        await letters(api, "abcde")
        first = await api.get(f"{CONFIG_MAPS}?limit=2")
        meta = first.json["metadata"]
        assert (names(first), meta["remainingItemCount"]) == (["a", "b"], 3)
        await api.ask("DELETE", f"{CONFIG_MAPS}/d")
        await api.create(CONFIG_MAPS, config_map("c1"))
        second = await api.get(f"{CONFIG_MAPS}?limit=2&continue={meta['continue']}")
        assert names(second) == ["c", "d"]
        assert second.json["metadata"]["resourceVersion"] == meta["resourceVersion"]
        last = await api.get(f"{CONFIG_MAPS}?continue={second.json['metadata']['continue']}")
        assert (names(last), "continue" in last.json["metadata"]) == (["e"], False)

    drive(scenario)


def test_a_selection_does_not_know_how_much_remains() -> None:
    async def scenario(api: Api) -> None:
        await letters(api, "abc")
        reply = await api.get(f"{CONFIG_MAPS}?limit=1&fieldSelector=metadata.name!%3Da")
        assert (names(reply), "remainingItemCount" in reply.json["metadata"]) == (["b"], False)

    drive(scenario)


def test_an_expired_page_tells_how_to_go_on() -> None:
    async def scenario(api: Api) -> None:
        await letters(api, "abc")
        meta = (await api.get(f"{CONFIG_MAPS}?limit=1")).json["metadata"]
        await api.ask("DELETE", f"{CONFIG_MAPS}/b")
        await api.forget()
        reply = await api.get(f"{CONFIG_MAPS}?limit=1&continue={meta['continue']}")
        assert (reply.status, reply.json["reason"]) == (410, "Expired")
        fresh = reply.json["metadata"]["continue"]
        assert names(await api.get(f"{CONFIG_MAPS}?limit=1&continue={fresh}")) == ["c"]

    drive(scenario)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("!!!", "continue key is not valid"),
        (token(v="v9", rv=5, start="a"), "server does not recognize this encoded version v9"),
        (token(v="meta.k8s.io/v1", rv=5, start=""), "encoded start key empty (version meta.k8s.io/v1)"),
        (token(v="meta.k8s.io/v1", rv=0, start="a"), "incorrect encoded start resourceVersion"),
        (token(v="meta.k8s.io/v1", rv=5, start="../a"), "continue key is not valid: ../a"),
        ("eA", "invalid character 'x' looking for beginning of value"),
        ("eAeAx", "illegal base64 data at input byte 4"),
        ("eA==", "illegal base64 data at input byte 2"),
        ("%20", "illegal base64 data at input byte 0"),
    ],
)
def test_a_token_this_server_did_not_make(given: str, why: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(f"{CONFIG_MAPS}?continue={given}")
        assert reply.status == 400
        assert why in reply.message

    drive(scenario)


def test_an_exact_revision_shows_the_past() -> None:
    async def scenario(api: Api) -> None:
        await letters(api, "ab")
        then = api.revision
        await api.ask("DELETE", f"{CONFIG_MAPS}/a")
        past = await api.get(f"{CONFIG_MAPS}?resourceVersion={then}&resourceVersionMatch=Exact")
        assert (names(past), past.json["metadata"]["resourceVersion"]) == (["a", "b"], str(then))
        newer = await api.get(f"{CONFIG_MAPS}?resourceVersion={then}&resourceVersionMatch=NotOlderThan")
        assert names(newer) == names(await api.get(f"{CONFIG_MAPS}?resourceVersion=0")) == ["b"]

    drive(scenario)


def test_what_is_read_from_any_revision_comes_in_one_page() -> None:
    async def scenario(api: Api) -> None:
        await letters(api, "abc")
        reply = await api.get(f"{CONFIG_MAPS}?resourceVersion=0&limit=1")
        assert (names(reply), "continue" in reply.json["metadata"]) == (["a", "b", "c"], False)

    drive(scenario)


def test_a_revision_that_is_not_written_yet() -> None:
    async def scenario(api: Api) -> None:
        later = f"{CONFIG_MAPS}?resourceVersion={api.revision + 5}"
        reply = await api.get(later)
        assert (reply.status, reply.json["reason"]) == (504, "Timeout")
        assert reply.json["details"]["causes"][0]["reason"] == "ResourceVersionTooLarge"
        assert (reply.json["details"]["retryAfterSeconds"], reply.header("retry-after")) == (1, "1")
        exactly = await api.get(f"{later}&resourceVersionMatch=Exact")
        assert "retryAfterSeconds" not in exactly.json["details"]

    drive(scenario)


@pytest.mark.parametrize(
    ("query", "status", "why"),
    [
        ("resourceVersion=x", 400, 'parsing "x": invalid syntax'),
        ("resourceVersion=99999999999999999999", 400, "value out of range"),
        ("limit=many&labelSelector=(", 400, 'strconv.ParseInt: parsing "many": invalid syntax'),
        ("watch=1&continue=x", 422, "resourceVersionMatch is forbidden when continue is provided"),
        ("watch=1&limit=many", 400, 'strconv.ParseInt: parsing "many": invalid syntax'),
        ("sendInitialEvents=1&fieldSelector=a", 400, "invalid selector"),
        ("sendInitialEvents=1&fieldSelector=a%3Db", 422, "is forbidden for list"),
        ("sendInitialEvents=1&resourceVersionMatch=Exact", 422, "[resourceVersionMatch: Forbidden"),
        ("limit=many", 400, 'strconv.ParseInt: parsing "many": invalid syntax'),
        ("resourceVersionMatch=Exact", 422, "is forbidden unless resourceVersion is provided"),
        ("resourceVersionMatch=Near&resourceVersion=1", 422, 'Unsupported value: "Near"'),
        ("resourceVersionMatch=Exact&resourceVersion=0", 422, 'is forbidden for resourceVersion "0"'),
        ("sendInitialEvents=true", 422, "sendInitialEvents is forbidden for list"),
        ("resourceVersionMatch=Exact&resourceVersion=1&continue=x", 422, "when continue is provided"),
    ],
)
def test_options_that_contradict_each_other(query: str, status: int, why: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(f"{CONFIG_MAPS}?{query}")
        assert reply.status == status
        assert why in reply.message

    drive(scenario)
