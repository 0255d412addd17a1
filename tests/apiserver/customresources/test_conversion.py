"""Several versions: by name only, and through a webhook that may be broken in every way there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from wherry.apiserver.customresources import conversion

from ..callout.backend import bundle, listening
from ..callout.test_services import service
from ..harness import Api, Object, drive
from .widgets import DEFINITIONS, ROOT, WIDGETS, change, define, definition, spec_of, version, widget

TEXT = {"type": "string"}
MERGE = "application/merge-patch+json"
IN_V2 = f"{ROOT}/v2/namespaces/default/widgets"
Answer = Callable[[Object], Any]


def two(**spec: Any) -> Object:
    """v1 has hostPort, v2 has host and port; v1 is stored."""
    return definition(
        version(
            "v1", schema=spec_of(hostPort=TEXT, only1=TEXT), selectableFields=[{"jsonPath": ".spec.hostPort"}]
        ),
        version(
            "v2",
            storage=False,
            schema=spec_of(host=TEXT, port=TEXT),
            selectableFields=[{"jsonPath": ".spec.host"}],
        ),
        **spec,
    )


def translated(obj: Object, wanted: str) -> Object:
    spec = obj.get("spec") or {}
    if wanted.endswith("/v2"):
        host, _, port = spec.get("hostPort", "").partition(":")
        spec = {"host": host, "port": port}
    else:
        spec = {"hostPort": f"{spec.get('host')}:{spec.get('port')}"}
    return {**obj, "apiVersion": wanted, "spec": spec}


def converted(review: Object) -> Object:
    request = review["request"]
    objects = [translated(obj, request["desiredAPIVersion"]) for obj in request["objects"]]
    return {"uid": request["uid"], "result": {"status": "Success"}, "convertedObjects": objects}


class Hook:
    """A conversion webhook: what it was asked, and what it says."""

    def __init__(self) -> None:
        self.reviews: list[Object] = []
        self.answer: Answer = converted
        self.port = 0
        self.asked = asyncio.Event()
        self.hanging: asyncio.Event | None = None
        """Answers wait for it."""

    async def handle(self, request: web.Request) -> web.Response:
        review = await request.json()
        self.reviews.append(review)
        self.asked.set()
        if self.hanging is not None:
            await self.hanging.wait()
        said = self.answer(review)
        if isinstance(said, bytes):
            return web.Response(body=said, content_type="application/json")
        return web.json_response(
            {"kind": review["kind"], "apiVersion": review["apiVersion"], "response": said}
        )

    def definition(self, *versions: str) -> Object:
        client = {"url": f"https://127.0.0.1:{self.port}/convert", "caBundle": bundle()}
        webhook = {"clientConfig": client, "conversionReviewVersions": list(versions or ("v1",))}
        return two(conversion={"strategy": "Webhook", "webhook": webhook})

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Hook]:
        async with listening(self.handle) as self.port:
            yield self


def with_hook(scenario: Callable[[Api, Hook], Any], *versions: str) -> None:
    async def run(api: Api) -> None:
        async with Hook().serving() as hook:
            await define(api, hook.definition(*versions))
            await scenario(api, hook)

    drive(run)


def test_without_a_webhook_only_the_version_changes() -> None:
    async def scenario(api: Api) -> None:
        await define(api, two())
        await api.create(WIDGETS, widget(spec={"hostPort": "h:1", "only1": "y"}))
        found = (await api.get(f"{IN_V2}/a")).json
        assert (found["apiVersion"], found["spec"]) == ("example.com/v2", {})
        [listed] = (await api.get(IN_V2)).json["items"]
        assert listed == found

    drive(scenario)


def test_defaults_come_from_the_stored_version_when_read() -> None:
    async def scenario(api: Api) -> None:
        first = {"type": "string", "default": "from-v1"}
        second = {"type": "string", "default": "from-v2"}
        await define(
            api,
            definition(
                version(schema=spec_of(d=first)), version("v2", storage=False, schema=spec_of(d=second))
            ),
        )
        await api.create(WIDGETS, widget(spec={}))
        assert (await api.get(f"{IN_V2}/a")).json["spec"] == {"d": "from-v1"}
        made = await api.create(IN_V2, widget("b", "example.com/v2", spec={}))
        assert made["spec"] == {"d": "from-v2"}

    drive(scenario)


def test_the_webhook_converts_what_is_stored_in_another_version() -> None:
    async def scenario(api: Api, hook: Hook) -> None:
        await api.create(WIDGETS, widget(spec={"hostPort": "h:1"}))
        assert hook.reviews == []
        found = (await api.get(f"{IN_V2}/a")).json
        assert found["spec"] == {"host": "h", "port": "1"}
        [review] = hook.reviews
        assert review["request"]["desiredAPIVersion"] == "example.com/v2"
        assert review["request"]["objects"][0]["spec"] == {"hostPort": "h:1"}

    with_hook(scenario)


def test_the_older_review_version_works_too() -> None:
    async def scenario(api: Api, hook: Hook) -> None:
        await api.create(IN_V2, widget("a", "example.com/v2", spec={"host": "h", "port": "2"}))
        assert (await api.get(f"{WIDGETS}/a")).json["spec"] == {"hostPort": "h:2"}
        assert hook.reviews[0]["apiVersion"] == "apiextensions.k8s.io/v1beta1"

    with_hook(scenario, "v1beta1", "v1")


def test_a_list_is_converted_in_one_call_and_once() -> None:
    async def scenario(api: Api, hook: Hook) -> None:
        for name in "abc":
            await api.create(WIDGETS, widget(name, spec={"hostPort": f"{name}:1"}))
        for _ in range(2):
            found = (await api.get(IN_V2)).json["items"]
            assert [item["spec"]["host"] for item in found] == ["a", "b", "c"]
        assert [len(review["request"]["objects"]) for review in hook.reviews] == [3]

    with_hook(scenario)


def test_writes_go_through_the_webhook_both_ways() -> None:
    async def scenario(api: Api, hook: Hook) -> None:
        made = await api.create(IN_V2, widget("a", "example.com/v2", spec={"host": "h", "port": "2"}))
        assert made["spec"] == {"host": "h", "port": "2"}
        changed = await api.patch(f"{IN_V2}/a", {"spec": {"port": "3"}})
        assert (changed["spec"]["port"], changed["metadata"]["generation"]) == ("3", 2)
        assert (await api.get(f"{WIDGETS}/a")).json["spec"] == {"hostPort": "h:3"}

    with_hook(scenario)


def test_owners_of_another_version_are_kept_by_an_apply() -> None:
    async def scenario(api: Api, hook: Hook) -> None:
        mine = widget("a", spec={"hostPort": "h:1"})
        await api.ask("PATCH", f"{WIDGETS}/a?fieldManager=one", mine, kind="application/apply-patch+yaml")
        other = widget("a", "example.com/v2", spec={"host": "h"})
        reply = await api.ask(
            "PATCH", f"{IN_V2}/a?fieldManager=two", other, kind="application/apply-patch+yaml"
        )
        assert reply.status == 200, reply.text
        owners = {m["manager"]: m["apiVersion"] for m in reply.json["metadata"]["managedFields"]}
        assert owners == {"one": "example.com/v1", "two": "example.com/v2"}

    with_hook(scenario)


def test_an_update_goes_on_without_owners_when_nobody_can_convert_for_them() -> None:
    async def scenario(api: Api, hook: Hook) -> None:
        other = widget("a", "example.com/v2", spec={"host": "h", "port": "1"})
        await api.ask("PATCH", f"{IN_V2}/a?fieldManager=two", other, kind="application/apply-patch+yaml")
        hook.answer = lambda review: b"garbage"
        mine = widget("a", spec={"hostPort": "h:3"})
        path = f"{WIDGETS}/a?fieldManager=one&force=true"
        assert (await api.ask("PATCH", path, mine, kind="application/apply-patch+yaml")).status == 500
        changed = await api.patch(f"{WIDGETS}/a", {"spec": {"hostPort": "h:2"}})
        assert changed["spec"] == {"hostPort": "h:2"}
        assert "managedFields" not in changed["metadata"]

    with_hook(scenario)


def test_watches_and_selectors_see_the_version_that_is_asked_for() -> None:
    async def scenario(api: Api, hook: Hook) -> None:
        await api.create(WIDGETS, widget("a", spec={"hostPort": "h:1"}))
        await api.create(WIDGETS, widget("b", spec={"hostPort": "other:1"}))
        selected = "fieldSelector=spec.host%3Dh"
        assert [i["metadata"]["name"] for i in (await api.get(f"{IN_V2}?{selected}")).json["items"]] == ["a"]
        async with api.watch(f"{IN_V2}?watch=1&{selected}") as stream:
            kind, obj = await stream.event()
            assert (kind, obj["spec"]) == ("ADDED", {"host": "h", "port": "1"})
            await api.patch(f"{WIDGETS}/b", {"spec": {"hostPort": "h:2"}})
            await api.patch(f"{WIDGETS}/b", {"spec": {"hostPort": "h:3"}})
            await api.patch(f"{WIDGETS}/a", {"spec": {"hostPort": "gone:1"}})
            await api.ask("DELETE", f"{WIDGETS}/b")
            found = await stream.names(4)
        assert found == [("ADDED", "b"), ("MODIFIED", "b"), ("DELETED", "a"), ("DELETED", "b")]

    with_hook(scenario)


def test_a_watch_from_a_past_revision_knows_what_matched_then() -> None:
    async def scenario(api: Api, hook: Hook) -> None:
        made = await api.create(WIDGETS, widget("a", spec={"hostPort": "h:1"}))
        revision = made["metadata"]["resourceVersion"]
        await api.patch(f"{WIDGETS}/a", {"spec": {"hostPort": "gone:1"}})
        path = f"{IN_V2}?watch=1&fieldSelector=spec.host%3Dh&resourceVersion={revision}"
        async with api.watch(path) as stream:
            assert await stream.names(1) == [("DELETED", "a")]

    with_hook(scenario)


def test_a_watch_from_a_revision_to_come_selects_by_the_version_that_is_asked_for() -> None:
    async def scenario(api: Api, hook: Hook) -> None:
        await api.create(WIDGETS, widget("a", spec={"hostPort": "h:1"}))
        path = f"{IN_V2}?watch=1&fieldSelector=spec.host%3Dh&resourceVersion={api.revision + 1}"
        async with api.watch(path) as stream:
            await stream.reply_started()
            await api.patch(f"{WIDGETS}/a", {"spec": {"hostPort": "h:2"}})
            await api.patch(f"{WIDGETS}/a", {"spec": {"hostPort": "h:3"}})
            kind, obj = await stream.event()
            assert (kind, obj["spec"]) == ("MODIFIED", {"host": "h", "port": "3"})

    with_hook(scenario)


def said(**response: Any) -> Answer:
    return lambda review: {"uid": review["request"]["uid"], "result": {"status": "Success"}, **response}


def spoilt(change: Callable[[Object], Any]) -> Answer:
    def answer(review: Object) -> Object:
        response = converted(review)
        change(response["convertedObjects"][0])
        return response

    return answer


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


def test_a_conversion_may_change_labels_but_nothing_else_of_metadata() -> None:
    async def scenario(api: Api, hook: Hook) -> None:
        await api.create(WIDGETS, widget(spec={"hostPort": "h:1"}))
        hook.answer = spoilt(
            lambda obj: obj["metadata"].update(
                labels={"via": "hook"}, finalizers=["example.com/x"], generation=9
            )
        )
        meta = (await api.get(f"{IN_V2}/a")).json["metadata"]
        assert (meta["labels"], meta["generation"]) == ({"via": "hook"}, 1)
        assert "finalizers" not in meta

    with_hook(scenario)


def test_an_unchanged_write_moves_an_object_to_the_stored_version() -> None:
    async def scenario(api: Api) -> None:
        await define(api, two())
        made = await api.create(WIDGETS, widget(spec={}))
        await change(
            api,
            [
                {"op": "replace", "path": "/spec/versions/0/storage", "value": False},
                {"op": "replace", "path": "/spec/versions/1/storage", "value": True},
            ],
        )
        crd = (await api.get(f"{DEFINITIONS}/widgets.example.com")).json
        assert crd["status"]["storedVersions"] == ["v1", "v2"]
        kept = await api.put(f"{WIDGETS}/a", (await api.get(f"{WIDGETS}/a")).json)
        assert int(kept["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])
        again = await api.put(f"{WIDGETS}/a", kept)
        assert again["metadata"]["resourceVersion"] == kept["metadata"]["resourceVersion"]
        cache = api.app.storage.cache("example.com", "widgets")
        assert cache.entries()[0].obj["apiVersion"] == "example.com/v2"

    drive(scenario)


def test_a_version_that_is_served_no_more_is_not_found() -> None:
    async def scenario(api: Api) -> None:
        await define(api, two())
        assert (await api.get(IN_V2)).status == 200
        async with api.watch(f"{IN_V2}?watch=1") as stream:
            await stream.reply_started()
            await change(api, [{"op": "replace", "path": "/spec/versions/1/served", "value": False}])
            assert await stream.line() == b""
        assert (await api.get(IN_V2)).text == "404 page not found\n"
        versions = (await api.get(ROOT)).json["versions"]
        assert [v["version"] for v in versions] == ["v1"]

    drive(scenario)


@pytest.mark.parametrize(
    ("more", "warning"),
    [
        ({"deprecationWarning": "use something else"}, "use something else"),
        ({}, "example.com/v1 Widget is deprecated; use example.com/v2 Widget"),
    ],
)
def test_a_deprecated_version_warns(more: Object, warning: str) -> None:
    async def scenario(api: Api) -> None:
        await define(api, definition(version(deprecated=True, **more), version("v2", storage=False)))
        assert (await api.get(WIDGETS)).header("warning") == f'299 - "{warning}"'
        assert (await api.get(IN_V2)).header("warning") == ""

    drive(scenario)
