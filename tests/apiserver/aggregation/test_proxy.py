"""Requests of an aggregated group: to the extension server and back, as the user who sent them."""

from __future__ import annotations

import asyncio

import pytest

from ..harness import Api, drive, websocket
from .extension import FLUNDERS, NAME, ROOT, SERVICES, SLOW, condition, joined

FLUNDER = b'{"kind":"Flunder"}'


def test_a_request_goes_to_the_extension_server_and_its_answer_back() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api) as extension:
            reply = await api.get(f"{FLUNDERS}?limit=5")
            assert (reply.status, reply.json["kind"]) == (200, "FlunderList")
            assert extension.last(FLUNDERS).query_string == "limit=5"

    drive(scenario)


def test_a_body_arrives_with_its_type() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api) as extension:
            size = {"content-length": str(len(FLUNDER))}
            assert (await api.ask("POST", FLUNDERS, FLUNDER, headers=size)).status == 201
            assert extension.bodies[FLUNDERS] == FLUNDER
            assert extension.last(FLUNDERS).headers["content-type"] == "application/json"

    drive(scenario)


def test_the_extension_server_is_told_who_asks_and_nothing_that_the_client_claims() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api) as extension:
            claims = {"x-remote-user": "root", "x-remote-extra-scopes": "all"}
            await api.ask("GET", FLUNDERS, headers=claims)
            told = extension.last(FLUNDERS).headers
            assert told.getall("X-Remote-User") == ["kubernetes-admin"]
            assert told.getall("X-Remote-Group") == ["system:masters", "system:authenticated"]
            assert "X-Remote-Extra-Scopes" not in told
            assert "X-Remote-Extra-Authentication.kubernetes.io%2Fcredential-Id" in told

    drive(scenario)


def test_impersonation_and_bearer_tokens_end_at_the_aggregator() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api) as extension:
            as_jane = {"impersonate-user": "jane", "impersonate-group": "system:masters"}
            assert (await api.ask("GET", FLUNDERS, headers=as_jane)).status == 200
            told = extension.last(FLUNDERS).headers
            assert told["X-Remote-User"] == "jane"
            assert not {"impersonate-user", "authorization"} & {name.lower() for name in told}

    drive(scenario)


def test_who_may_not_is_refused_before_the_extension_server_is_asked() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api) as extension:
            asked = len(extension.requests)
            reply = await api.ask("GET", FLUNDERS, headers={"impersonate-user": "jane"})
            assert (reply.status, len(extension.requests)) == (403, asked)
            assert 'cannot list resource "flunders" in API group "wardle.example.com"' in reply.message

    drive(scenario)


def test_a_watch_streams_until_its_reader_goes_away() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api) as extension, api.watch(f"{FLUNDERS}?watch=1") as stream:
            extension.news.put_nowait(b'{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n')
            assert await stream.names(1) == [("ADDED", "a")]
            await stream.close()
            extension.news.put_nowait(b"{}\n")
            await asyncio.wait_for(extension.watch_ended.wait(), 5)

    drive(scenario)


def test_a_request_ends_with_its_time_wherever_it_is_answered() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api):
            reply = await api.get(f"{SLOW}?timeout=50ms")
            assert reply.status == 504
            assert reply.message == "Timeout: request did not complete within the allotted timeout"

    drive(scenario)


@pytest.mark.parametrize("body", [None, {"kind": "Flunder"}])
def test_nothing_is_asked_for_a_client_that_has_gone(body: object) -> None:
    async def scenario(api: Api) -> None:
        async with joined(api) as extension:
            gone = asyncio.Event()
            method = "GET" if body is None else "PUT"
            asking = asyncio.create_task(api.ask(method, SLOW, body, gone=gone), name="asking")
            await extension.asked_slowly.wait()
            gone.set()
            assert (await asking).status == 0

    drive(scenario)


def test_a_websocket_passes_through_with_its_subprotocol() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api) as extension:
            told = await websocket(api, f"{FLUNDERS}/a/exec", [b"ping"], "v4.channel.k8s.io")
            assert told[0] == {"type": "websocket.accept", "subprotocol": "v4.channel.k8s.io"}
            assert told[1]["bytes"] == b"gnip"
            assert extension.last(f"{FLUNDERS}/a/exec").headers["X-Remote-User"] == "kubernetes-admin"

    drive(scenario)


def test_a_redirect_is_not_passed_on() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api):
            reply = await api.get(f"{ROOT}/away")
            assert reply.status == 502
            assert reply.text == "the backend attempted to redirect this request, which is not permitted"

    drive(scenario)


def test_an_unavailable_server_is_503_in_a_line_of_text() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api) as extension:
            extension.healthy = False
            change = {"spec": {"service": {"port": 444}}}
            await api.patch(f"{SERVICES}/{NAME}", change)
            await condition(api, "ServicePortError")
            reply = await api.get(FLUNDERS)
            assert (reply.status, reply.text) == (503, "service unavailable\n")
            assert reply.header("content-type") == "text/plain; charset=utf-8"

    drive(scenario)


def test_a_server_that_has_just_gone_is_503_with_the_reason() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api) as extension:
            port = extension.port
        reply = await api.get(FLUNDERS)
        assert reply.status == 503
        assert reply.text == (
            f"error trying to reach service: dial tcp 127.16.200.1:{port}: connect: connection refused\n"
        )

    drive(scenario)


def test_without_its_apiservice_a_group_is_not_there() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api):
            assert (await api.ask("DELETE", f"{SERVICES}/{NAME}")).status == 200
            assert (await api.get(FLUNDERS)).status == 404

    drive(scenario)
