"""A conversion webhook that lies, hangs or stammers: it is told off, and nothing is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from wherry.apiserver.customresources import conversion

from ..callout.backend import listening
from ..callout.test_services import service
from ..harness import Api, drive
from .converting import IN_V2, MERGE, Answer, Hook, converted, spoilt, with_hook
from .widgets import WIDGETS, define, widget


def said(**response: Any) -> Answer:
    return lambda review: {"uid": review["request"]["uid"], "result": {"status": "Success"}, **response}


FAILED = "conversion webhook for example.com/v1, Kind=Widget failed: "
RETURNED = "conversion webhook for example.com/v1, Kind=Widget returned "


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda review: None, FAILED + "no response provided"),
        (said(uid="u"), FAILED + 'expected response.uid="UID", got "u"'),
        (said(result={"status": "Failure", "message": "no way"}), FAILED + "no way"),
        (said(result={}), FAILED + "response.result.status was '', not 'Success'"),
        (said(convertedObjects=[]), RETURNED + "0 objects, expected 1"),
        (
            lambda review: b'{"kind": "Pod", "apiVersion": "v1"}',
            FAILED
            + "expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got v1, Kind=Pod",
        ),
        (
            spoilt(lambda obj: obj.update(apiVersion="example.com/v3")),
            RETURNED + "invalid object at index 0: invalid groupVersion (expected example.com/v2, received "
            "example.com/v3)",
        ),
        (
            spoilt(lambda obj: obj.update(kind="Other")),
            RETURNED + "invalid object at index 0: invalid kind (expected Widget, received Other)",
        ),
        (
            spoilt(lambda obj: obj["metadata"].update(name="b")),
            RETURNED + "invalid object: must have the same name: a != b",
        ),
        (
            spoilt(lambda obj: obj["metadata"].update(uid="b")),
            RETURNED + "invalid object: must have the same UID: UID != b",
        ),
        (
            spoilt(lambda obj: obj["metadata"].update(labels={"a": 1})),
            RETURNED
            + "invalid metadata: metadata.labels[a] must be a string, but is int64 in converted object",
        ),
        (
            spoilt(lambda obj: obj.pop("metadata")),
            RETURNED + "invalid object: must have the same name: a != ",
        ),
    ],
)
def test_a_lying_webhook_is_told_off(answer: Answer, message: str) -> None:
    async def scenario(api: Api, hook: Hook) -> None:
        made = await api.create(WIDGETS, widget(spec={"hostPort": "h:1"}))
        hook.answer = answer
        reply = await api.get(f"{IN_V2}/a")
        uids = (made["metadata"]["uid"], hook.reviews[-1]["request"]["uid"])
        text = reply.message
        for uid in uids:
            text = text.replace(uid, "UID")
        assert (reply.status, text) == (500, message)
        assert (await api.get(f"{WIDGETS}/a")).status == 200

    with_hook(scenario)


def test_a_service_in_front_of_a_lying_webhook_changes_nothing() -> None:
    async def scenario(api: Api) -> None:
        hook = Hook()
        async with listening(hook.handle, address="127.16.0.1") as port:
            await service(api, port)
            crd = hook.definition()
            client = crd["spec"]["conversion"]["webhook"]["clientConfig"]
            del client["url"]
            client["service"] = {"namespace": "default", "name": "hook", "path": "/convert"}
            await define(api, crd)
            for name in "ab":
                await api.create(WIDGETS, widget(name, spec={"hostPort": "h:1"}))
            before = api.revision
            hook.answer = spoilt(lambda obj: obj["metadata"].update(name="c"))
            reply = await api.get(IN_V2)
            assert (
                reply.status,
                "converted object at index 0: must have the same name" in reply.message,
            ) == (
                500,
                True,
            )
            hook.answer = lambda review: {**converted(review), "convertedObjects": []}
            assert RETURNED + "0 objects, expected 2" in (await api.get(IN_V2)).message
            patched = await api.ask("PATCH", f"{IN_V2}/a", {"spec": {"port": "2"}}, kind=MERGE)
            assert patched.status == 500
            assert api.revision == before
            hook.answer = converted
            assert len((await api.get(IN_V2)).json["items"]) == 2

    drive(scenario)


def test_a_webhook_that_hangs_holds_up_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "TIMEOUT", 0.3)

    async def scenario(api: Api, hook: Hook) -> None:
        await api.create(WIDGETS, widget(spec={"hostPort": "h:1"}))
        hook.hanging = asyncio.Event()
        waiting = asyncio.create_task(api.get(f"{IN_V2}/a"))
        assert (await api.get(f"{WIDGETS}/a")).status == 200
        assert (await api.create(WIDGETS, widget("b", spec={})))["metadata"]["name"] == "b"
        assert not waiting.done()
        reply = await waiting
        hook.hanging.set()
        assert (reply.status, FAILED in reply.message) == (500, True)

    with_hook(scenario)


def test_garbage_is_an_error_and_nothing_is_lost() -> None:
    async def scenario(api: Api, hook: Hook) -> None:
        await api.create(WIDGETS, widget(spec={"hostPort": "h:1"}))
        hook.answer = lambda review: b"<html>"
        reply = await api.get(IN_V2)
        assert (reply.status, FAILED in reply.message) == (500, True)
        hook.answer = converted
        assert (await api.get(IN_V2)).status == 200

    with_hook(scenario)
