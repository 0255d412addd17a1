"""Several versions: by name only, and through a webhook."""

from __future__ import annotations

import pytest

from ..harness import Api, Object, drive
from .converting import IN_V2, Hook, spoilt, two, with_hook
from .widgets import DEFINITIONS, ROOT, WIDGETS, change, define, definition, spec_of, version, widget


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
