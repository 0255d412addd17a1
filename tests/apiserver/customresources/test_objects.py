"""Instances through every verb: what is refused and how, patches, apply, tables, selectors, watches."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.apiserver.customresources.columns import columns

from ..harness import Api, Object, drive
from .widgets import ROOT, WIDGETS, define, definition, spec_of, version, widget

TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


def typed(**more: Any) -> Object:
    return definition(version(schema=spec_of(n=COUNT, name=TEXT), **more))


@pytest.mark.parametrize(
    ("obj", "status", "message"),
    [
        ({"apiVersion": "example.com/v1", "metadata": {"name": "a"}}, 400,
         "Object 'Kind' is missing in 'object has no kind field '"),
        ({"kind": "Widget", "metadata": {"name": "a"}}, 400,
         "the API version in the data () does not match the expected API version (example.com/v1)"),
        (widget(api_version="example.com/v2"), 400,
         "the API version in the data (example.com/v2) does not match the expected API version "
         "(example.com/v1)"),
        ({**widget(), "kind": "Gadget"}, 422,
         'Gadget.example.com "a" is invalid: kind: Invalid value: "Gadget": must be Widget'),
        (widget("Not_A_Name"), 422, None),
        (widget(spec={"n": -1}), 422,
         'Widget.example.com "a" is invalid: spec.n: Invalid value: -1: spec.n in body should be greater '
         "than or equal to 0"),
        ({**widget(), "metadata": {"name": "a", "labels": {"a": 1}}}, 400, None),
    ],
)  # fmt: skip
def test_what_is_no_widget_is_refused(obj: Object, status: int, message: str | None) -> None:
    async def scenario(api: Api) -> None:
        await define(api, typed())
        reply = await api.ask("POST", WIDGETS, obj)
        assert reply.status == status, reply.text
        assert message is None or reply.message == message
        assert (await api.get(WIDGETS)).json["items"] == []

    drive(scenario)


def test_what_the_schema_does_not_know_is_pruned_with_a_word() -> None:
    async def scenario(api: Api) -> None:
        await define(api, typed())
        obj = widget(spec={"n": 1, "zork": 2})
        warned = await api.ask("POST", WIDGETS, obj)
        assert (warned.json["spec"], warned.header("warning")) == (
            {"n": 1},
            '299 - "unknown field \\"spec.zork\\""',
        )
        strict = await api.ask(
            "POST", f"{WIDGETS}?fieldValidation=Strict", {**obj, "metadata": {"name": "b"}}
        )
        assert (strict.status, 'strict decoding error: unknown field "spec.zork"' in strict.message) == (
            400,
            True,
        )
        ignored = await api.ask(
            "POST", f"{WIDGETS}?fieldValidation=Ignore", {**obj, "metadata": {"name": "c"}}
        )
        assert (ignored.status, ignored.header("warning")) == (201, "")

    drive(scenario)


def test_generated_names_dry_runs_and_yaml_work_as_everywhere() -> None:
    async def scenario(api: Api) -> None:
        await define(api, typed())
        made = await api.create(WIDGETS, {**widget(), "metadata": {"generateName": "w-"}})
        assert len(made["metadata"]["name"]) == 7
        tried = await api.create(f"{WIDGETS}?dryRun=All", widget("dry"))
        assert "resourceVersion" not in tried["metadata"]
        assert (await api.get(f"{WIDGETS}/dry")).status == 404
        body = b"apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: yaml}\n"
        assert (await api.ask("POST", WIDGETS, body, kind="application/yaml")).status == 201

    drive(scenario)


def test_an_update_needs_the_version_it_replaces() -> None:
    async def scenario(api: Api) -> None:
        await define(api, typed())
        made = await api.create(WIDGETS, widget(spec={"n": 1}))
        blind = await api.ask("PUT", f"{WIDGETS}/a", widget(spec={"n": 2}))
        assert blind.message == (
            'widgets.example.com "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be '
            "specified for an update"
        )
        stale = {**made, "metadata": {**made["metadata"], "resourceVersion": "1"}}
        assert (await api.ask("PUT", f"{WIDGETS}/a", stale)).status == 409
        made["spec"]["n"] = 2
        assert (await api.put(f"{WIDGETS}/a", made))["metadata"]["generation"] == 2

    drive(scenario)


def test_strategic_patches_are_not_for_custom_resources() -> None:
    async def scenario(api: Api) -> None:
        await define(api, typed())
        await api.create(WIDGETS, widget())
        reply = await api.ask("PATCH", f"{WIDGETS}/a", {}, kind="application/strategic-merge-patch+json")
        assert reply.status == 415
        assert reply.message.endswith(
            "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
        )
        assert (await api.patch(f"{WIDGETS}/a", {"spec": {"n": 4}}))["spec"] == {"n": 4}
        test = [{"op": "replace", "path": "/spec/n", "value": 5}]
        assert (await api.patch(f"{WIDGETS}/a", test, "json-patch+json"))["spec"] == {"n": 5}

    drive(scenario)


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ({"kind": "Other"}, 'Other.example.com "a" is invalid: kind: Invalid value: "Other": must be Widget'),
        ({"apiVersion": "x/v1"},
         'Widget.x "a" is invalid: apiVersion: Invalid value: "x/v1": must be example.com/v1'),
    ],
)  # fmt: skip
def test_a_patch_cannot_make_it_something_else(patch: Object, message: str) -> None:
    async def scenario(api: Api) -> None:
        await define(api, typed())
        await api.create(WIDGETS, widget())
        reply = await api.ask("PATCH", f"{WIDGETS}/a", patch, kind=MERGE)
        assert (reply.status, reply.message) == (422, message)

    drive(scenario)


def test_apply_merges_lists_by_the_definitions_keys() -> None:
    item = {"type": "object", "properties": {"name": TEXT, "value": TEXT}, "required": ["name"]}
    keyed = {
        "type": "array",
        "items": item,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
    }
    unique = {"type": "array", "items": TEXT, "x-kubernetes-list-type": "set"}

    async def apply(api: Api, manager: str, spec: Object, **query: str) -> Any:
        more = "".join(f"&{key}={value}" for key, value in query.items())
        return await api.ask(
            "PATCH", f"{WIDGETS}/a?fieldManager={manager}{more}", widget(spec=spec), kind=APPLY
        )

    async def scenario(api: Api) -> None:
        await define(api, definition(version(schema=spec_of(vars=keyed, tags=unique, name=TEXT))))
        await apply(api, "one", {"vars": [{"name": "x", "value": "1"}], "tags": ["a"], "name": "n"})
        both = await apply(api, "two", {"vars": [{"name": "y", "value": "2"}], "tags": ["b"]})
        assert [entry["name"] for entry in both.json["spec"]["vars"]] == ["x", "y"]
        assert both.json["spec"]["tags"] == ["a", "b"]
        conflict = await apply(api, "two", {"name": "mine"})
        assert (conflict.status, conflict.json["details"]["causes"][0]["field"]) == (409, ".spec.name")
        forced = await apply(api, "two", {"name": "mine"}, force="true")
        assert forced.json["spec"]["vars"] == [{"name": "x", "value": "1"}]
        again = await apply(api, "one", {"vars": []})
        assert again.json["spec"]["name"] == "mine"

    drive(scenario)


@pytest.mark.parametrize(
    ("metadata", "spec", "status", "message"),
    [
        ({}, {"name": None}, 422,
         'Widget.example.com "a" is invalid: spec.name: Invalid value: "null": spec.name in body must be of '
         'type string: "null"'),
        ({"resourceVersion": "x"}, {}, 500, 'strconv.ParseUint: parsing "x": invalid syntax'),
    ],
)  # fmt: skip
def test_what_apply_cannot_create(metadata: Object, spec: Object, status: int, message: str) -> None:
    async def scenario(api: Api) -> None:
        await define(api, typed())
        change = widget(spec=spec)
        change["metadata"] |= metadata
        reply = await api.ask("PATCH", f"{WIDGETS}/a?fieldManager=one", change, kind=APPLY)
        assert (reply.status, reply.message) == (status, message)

    drive(scenario)


COLUMNS = [
    {"name": "Text", "type": "string", "jsonPath": ".spec.s"},
    {"name": "Count", "type": "integer", "jsonPath": ".spec.i", "priority": 1, "description": "how many"},
    {"name": "Share", "type": "number", "jsonPath": ".spec.n", "format": "float"},
    {"name": "On", "type": "boolean", "jsonPath": ".spec.b"},
    {"name": "Ready", "type": "string", "jsonPath": '.status.conditions[?(@.type=="Ready")].status'},
    {"name": "Label", "type": "string", "jsonPath": r".metadata.labels.example\.com/x"},
    {"name": "Last", "type": "string", "jsonPath": ".spec.l[-1]"},
    {"name": "Since", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
]


@pytest.mark.parametrize(
    ("fields", "cells"),
    [
        ({}, [None, None, None, None, None, None, None, "0s"]),
        ({"spec": {"s": "x", "i": 5, "n": 1.5, "b": True, "l": ["p", "q"]}},
         ["x", 5, 1.5, True, None, None, "q", "0s"]),
        ({"spec": {"s": {"b": 1, "a": [None]}, "i": 1.7, "n": 3, "b": 1, "l": []}},
         ['{"a":[null],"b":1}', 1, 3, None, None, None, None, "0s"]),
        ({"spec": {"s": 7, "i": "five", "n": "x", "b": "yes", "l": "l"}},
         ["7", None, None, None, None, None, None, "0s"]),
        ({"spec": {"s": None},
          "status": {"conditions": [{"type": "Other", "status": "no"}, {"type": "Ready", "status": "True"}]}},
         ["<no value>", None, None, None, "True", None, None, "0s"]),
    ],
)  # fmt: skip
def test_a_table_has_the_definitions_columns(fields: Object, cells: list[Any]) -> None:
    async def scenario(api: Api) -> None:
        await define(api, definition(version(additionalPrinterColumns=COLUMNS)))
        await api.create(WIDGETS, widget(**fields))
        table = await api.table(WIDGETS)
        assert table["rows"][0]["cells"] == ["a", *cells]
        assert [column["name"] for column in table["columnDefinitions"]][1:3] == ["Text", "Count"]
        assert table["columnDefinitions"][2]["description"] == "how many"
        assert table["columnDefinitions"][1]["description"] == (
            "Custom resource definition column (in JSONPath format): .spec.s"
        )

    drive(scenario)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("2025-12-31T23:00:00Z", "60m"),
        ("2026-01-01T02:00:00+02:00", "0s"),
        ("2027-01-01T00:00:00Z", "<invalid>"),
        ("2025-12-31", "<invalid>"),
        ("soon", "<invalid>"),
        ("", "<unknown>"),
        (5, None),
    ],
)
def test_a_date_is_shown_as_the_time_since(value: Any, cell: str | None) -> None:
    _, cells = columns([{"name": "When", "type": "date", "jsonPath": ".spec.at"}])
    obj = {"metadata": {"name": "a"}, "spec": {"at": value}}
    assert cells(obj, FakeClock().now()) == ["a", cell]


def test_a_column_that_cannot_be_read_ends_the_columns() -> None:
    good, bad = ({"name": path, "type": "string", "jsonPath": path} for path in (".a", ".a["))
    heads, _ = columns([good, bad, good])
    assert [head.name for head in heads] == ["Name", ".a"]


def test_a_table_without_columns_shows_the_age() -> None:
    async def scenario(api: Api) -> None:
        await define(api)
        await api.create(WIDGETS, widget())
        table = await api.table(WIDGETS)
        assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Age"]
        assert table["rows"][0]["cells"] == ["a", "0s"]

    drive(scenario)


def test_selectable_fields_select() -> None:
    fields = [{"jsonPath": ".spec.name"}, {"jsonPath": ".spec.n"}]

    async def scenario(api: Api) -> None:
        await define(api, typed(selectableFields=fields))
        for name, spec in (("a", {"name": "x", "n": 1}), ("b", {"name": "y", "n": 1}), ("c", {})):
            await api.create(WIDGETS, widget(name, spec=spec))

        async def chosen(selector: str) -> list[str]:
            found = (await api.get(f"{WIDGETS}?fieldSelector={selector}")).json
            return [item["metadata"]["name"] for item in found["items"]]

        assert await chosen("spec.n%3D1") == ["a", "b"]
        assert await chosen("spec.n%3D1,spec.name!%3Dx") == ["b"]
        assert await chosen("spec.name%3D") == ["c"]
        assert await chosen("spec.name%3Dx,metadata.name%3Db") == []
        for other in ("spec.other", ".spec.name"):
            reply = await api.get(f"{WIDGETS}?fieldSelector={other}%3Dx")
            assert (reply.status, reply.message) == (400, f"field label not supported: {other}")
        async with api.watch(f"{WIDGETS}?watch=1&fieldSelector=spec.name%3Dx") as stream:
            assert await stream.names(1) == [("ADDED", "a")]
            await api.patch(f"{WIDGETS}/a", {"spec": {"name": "z"}})
            assert await stream.names(1) == [("DELETED", "a")]

    drive(scenario)


def test_pages_and_metadata_only() -> None:
    async def scenario(api: Api) -> None:
        await define(api)
        for name in "abc":
            await api.create(WIDGETS, widget(name, spec={"n": 1}))
        first = (await api.get(f"{WIDGETS}?limit=2")).json
        assert first["metadata"]["remainingItemCount"] == 1
        rest = (await api.get(f"{WIDGETS}?limit=2&continue={first['metadata']['continue']}")).json
        assert [item["metadata"]["name"] for item in rest["items"]] == ["c"]
        partial = (
            await api.get(WIDGETS, "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io")
        ).json
        assert (partial["kind"], "spec" in partial["items"][0]) == ("PartialObjectMetadataList", False)

    drive(scenario)


def test_a_watch_begins_with_a_bookmark_when_asked() -> None:
    async def scenario(api: Api) -> None:
        await define(api)
        await api.create(WIDGETS, widget())
        asked = "sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"
        path = f"{WIDGETS}?watch=1&{asked}"
        async with api.watch(path) as stream:
            assert (await stream.event())[0] == "ADDED"
            kind, mark = await stream.event()
            assert (kind, mark["apiVersion"]) == ("BOOKMARK", "example.com/v1")
            assert mark["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}

    drive(scenario)


def test_finalizers_without_a_domain_earn_a_warning() -> None:
    async def scenario(api: Api) -> None:
        await define(api)
        obj = widget()
        obj["metadata"]["finalizers"] = ["plain", "example.com", "example.com/x", "orphan"]
        said = (await api.ask("POST", WIDGETS, obj)).header("warning")
        assert said.count("prefer a domain-qualified finalizer name") == 2
        assert "including a path (/)" in said

    drive(scenario)


def test_discovery_shows_names_and_categories() -> None:
    async def scenario(api: Api) -> None:
        names = {"shortNames": ["wd"], "categories": ["all", "things"], "singular": "wid"}
        await define(
            api,
            definition(
                version("v1beta1", storage=False), version("v1"), version("foo", storage=False), names=names
            ),
        )
        [entry] = (await api.get(f"{ROOT}/v1")).json["resources"]
        assert (entry["singularName"], entry["shortNames"]) == ("wid", ["wd"])
        assert entry["categories"] == ["all", "things"]
        group = (await api.get(ROOT)).json
        assert [v["version"] for v in group["versions"]] == ["v1", "v1beta1", "foo"]
        document = (
            await api.get("/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
        ).json
        [found] = [item for item in document["items"] if item["metadata"]["name"] == "example.com"]
        [resource] = found["versions"][0]["resources"]
        assert resource["responseKind"] == {"group": "example.com", "version": "v1", "kind": "Widget"}
        assert resource["verbs"] == orjson.loads(orjson.dumps(entry["verbs"]))

    drive(scenario)
