"""Requests: what goes on the wire, and what comes back as errors."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from wherry.apimachinery.errors import StatusError
from wherry.client.client import object_path
from wherry.client.errors import Unreachable
from wherry.client.resources import CONFIGMAPS, DEPLOYMENTS, NODES, PODS

from tests.client import scripted
from tests.support import run


class Recorder:
    """Keeps the requests and answers each with `{}`."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.headers: list[Any] = []

    async def __call__(self, request: web.Request) -> web.Response:
        self.seen.append((request.method, request.path, dict(request.query), await request.read()))
        self.headers.append(request.headers)
        return scripted.answer({})


def test_paths_of_core_group_and_cluster_scoped_objects() -> None:
    assert object_path(PODS, "ns", "p", "log") == "/api/v1/namespaces/ns/pods/p/log"
    assert object_path(DEPLOYMENTS, "") == "/apis/apps/v1/deployments"
    assert object_path(NODES, "ignored", "n") == "/api/v1/nodes/n"


def test_every_request_says_who_asks() -> None:
    async def go() -> None:
        recorder = Recorder()
        async with scripted.client_of(recorder) as client:
            await client.get(CONFIGMAPS, "c", "ns")
        assert recorder.headers[0]["Authorization"] == "Bearer t0k"
        assert recorder.headers[0]["User-Agent"] == "tests"

    run(go())


def test_create_and_update_take_the_namespace_from_the_object() -> None:
    async def go() -> None:
        recorder = Recorder()
        async with scripted.client_of(recorder) as client:
            await client.create(CONFIGMAPS, {"metadata": {"namespace": "a", "generateName": "x-"}})
            await client.update(PODS, {"metadata": {"namespace": "a", "name": "p"}}, subresource="status")
        assert [(m, p) for m, p, _, _ in recorder.seen] == [
            ("POST", "/api/v1/namespaces/a/configmaps"),
            ("PUT", "/api/v1/namespaces/a/pods/p/status"),
        ]

    run(go())


def test_patch_sends_the_type_of_its_kind() -> None:
    async def go() -> None:
        recorder = Recorder()
        async with scripted.client_of(recorder) as client:
            await client.patch(PODS, "p", {"a": 1}, "ns", kind="apply", field_manager="me", force=True)
        assert recorder.headers[0]["Content-Type"] == "application/apply-patch+yaml"
        assert recorder.seen[0][2] == {"fieldManager": "me", "force": "true"}

    run(go())


def test_delete_options_are_sent_only_when_asked_for() -> None:
    async def go() -> None:
        recorder = Recorder()
        async with scripted.client_of(recorder) as client:
            await client.delete(PODS, "p", "ns")
            await client.delete(PODS, "p", "ns", uid="u", grace=0, propagation="Orphan")
        assert recorder.seen[0][3] == b""
        assert b'"gracePeriodSeconds":0' in recorder.seen[1][3]
        assert b'"preconditions":{"uid":"u"}' in recorder.seen[1][3]

    run(go())


def test_list_items_carry_their_kind() -> None:
    async def handler(request: web.Request) -> web.Response:
        return scripted.answer(
            {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": [{"metadata": {"name": "p"}}]}
        )

    async def go() -> None:
        async with scripted.client_of(handler) as client:
            found = await client.list(PODS)
        assert found["items"] == [{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p"}}]

    run(go())


@pytest.mark.parametrize(
    ("body", "reason", "message"),
    [
        (scripted.status(404, "NotFound", 'pods "p" not found'), "NotFound", 'pods "p" not found'),
        ("gone", "NotFound", '"gone"'),
    ],
)
def test_failures_are_status_errors(body: object, reason: str, message: str) -> None:
    async def handler(request: web.Request) -> web.Response:
        return scripted.answer(body, 404)

    async def go() -> None:
        async with scripted.client_of(handler) as client:
            with pytest.raises(StatusError) as caught:
                await client.get(PODS, "p", "ns")
        assert (caught.value.code, caught.value.reason, caught.value.message) == (404, reason, message)

    run(go())


def test_an_answer_that_says_retry_after_is_asked_again() -> None:
    answers = [scripted.answer({}, 429, Retry_After="0"), scripted.answer({"kind": "Pod"})]

    async def handler(request: web.Request) -> web.Response:
        return answers.pop(0)

    async def go() -> None:
        async with scripted.client_of(handler) as client:
            assert await client.get(PODS, "p", "ns") == {"kind": "Pod"}

    run(go())


def test_a_closed_connection_is_unreachable() -> None:
    async def handler(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def go() -> None:
        async with scripted.client_of(handler) as client:
            with pytest.raises(Unreachable):
                await client.create(PODS, {"metadata": {"namespace": "ns"}})

    run(go())
