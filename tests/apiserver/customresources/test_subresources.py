"""The status and scale subresources of custom resources."""

from __future__ import annotations

from typing import Any

import pytest

from ..harness import Api, Object, drive
from .widgets import ROOT, WIDGETS, define, definition, version, widget

SCHEMA: Object = {
    "type": "object",
    "properties": {
        "spec": {"type": "object", "properties": {"r": {"type": "integer"}, "n": {"type": "integer"}}},
        "status": {
            "type": "object",
            "properties": {"r": {"type": "integer"}, "sel": {"type": "string"}, "m": {"type": "integer"}},
        },
    },
}
PATHS = {"specReplicasPath": ".spec.r", "statusReplicasPath": ".status.r", "labelSelectorPath": ".status.sel"}
SCALE = f"{WIDGETS}/a/scale"
RULE = {"x-kubernetes-validations": [{"rule": "self.r > 1"}]}
APPLY = "application/apply-patch+yaml"


def both(**scale: str) -> Object:
    return definition(version(schema=SCHEMA, subresources={"status": {}, "scale": {**PATHS, **scale}}))


async def made(api: Api, **spec: Any) -> Object:
    await define(api, both())
    return await api.create(WIDGETS, widget(spec=spec, status={"m": 1}))


def test_status_is_written_through_its_subresource_only() -> None:
    async def scenario(api: Api) -> None:
        assert "status" not in await made(api, n=1)
        changed = await api.patch(f"{WIDGETS}/a/status", {"status": {"m": 2}, "spec": {"n": 5}})
        assert (changed["spec"], changed["status"], changed["metadata"]["generation"]) == (
            {"n": 1},
            {"m": 2},
            1,
        )
        kept = await api.patch(f"{WIDGETS}/a", {"status": {"m": 3}, "spec": {"n": 6}})
        assert (kept["status"], kept["metadata"]["generation"]) == ({"m": 2}, 2)

    drive(scenario)


def test_a_status_with_a_default_is_there_once_the_object_is() -> None:
    status = {**SCHEMA["properties"]["status"], "default": {"sel": "a=b"}}
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "status": status}}

    async def scenario(api: Api) -> None:
        await define(api, definition(version(schema=schema, subresources={"status": {}})))
        for query in ("?dryRun=All", ""):
            made = await api.create(WIDGETS + query, widget(spec={"n": 1}, status={"m": 1}))
            assert made["status"] == {"sel": "a=b"}
        assert [list(entry["fieldsV1"]) for entry in made["metadata"]["managedFields"]] == [["f:spec"]]
        same = await api.patch(f"{WIDGETS}/a/status", {"status": {"sel": "a=b"}})
        assert same["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]

    drive(scenario)


@pytest.mark.parametrize(
    ("path", "patch"),
    [("a/status", {"spec": {"n": "x"}}), ("a", {"status": {"m": "x"}, "metadata": {"labels": {"a": "b"}}})],
)
def test_owners_are_lost_by_what_does_not_fit_even_where_it_is_not_written(path: str, patch: Object) -> None:
    async def scenario(api: Api) -> None:
        await made(api, n=1)
        done = await api.patch(f"{WIDGETS}/{path}", patch)
        assert done["spec"] == {"n": 1}
        assert "managedFields" not in done["metadata"]

    drive(scenario)


def test_an_empty_list_of_owners_is_none() -> None:
    async def scenario(api: Api) -> None:
        first = await made(api, n=1)
        kept = await api.patch(f"{WIDGETS}/a", {"metadata": {"managedFields": []}})
        assert kept["metadata"]["managedFields"] == first["metadata"]["managedFields"]
        gone = await api.patch(f"{WIDGETS}/a", {"metadata": {"managedFields": [{}]}})
        assert "managedFields" not in gone["metadata"]

    drive(scenario)


def test_a_status_write_changes_no_metadata() -> None:
    async def scenario(api: Api) -> None:
        await made(api, n=1)
        patch = {"metadata": {"labels": {"a": "b"}, "finalizers": ["example.com/x"]}, "status": {"m": 2}}
        meta = (await api.patch(f"{WIDGETS}/a/status", patch))["metadata"]
        assert "labels" not in meta and "finalizers" not in meta
        assert {entry.get("subresource") for entry in meta["managedFields"]} == {None, "status"}

    drive(scenario)


def test_a_status_that_does_not_fit_is_refused() -> None:
    async def scenario(api: Api) -> None:
        await made(api, n=1)
        reply = await api.ask(
            "PATCH", f"{WIDGETS}/a/status", {"status": {"m": "x"}}, kind="application/merge-patch+json"
        )
        assert reply.status == 422
        assert reply.json["details"]["causes"][0]["field"] == "status.m"

    drive(scenario)


def test_without_subresources_there_is_nothing_to_find() -> None:
    async def scenario(api: Api) -> None:
        await define(api, definition(version(schema=SCHEMA)))
        made = await api.create(WIDGETS, widget(status={"m": 1}))
        assert made["status"] == {"m": 1}
        for name in ("status", "scale", "other"):
            reply = await api.get(f"{WIDGETS}/a/{name}")
            assert (reply.status, reply.message) == (404, 'widgets.example.com "a" not found')
        changed = await api.patch(f"{WIDGETS}/a", {"status": {"m": 2}})
        assert changed["metadata"]["generation"] == 2

    drive(scenario)


@pytest.mark.parametrize("verb", ["create", "delete"])
def test_a_subresource_has_three_verbs(verb: str) -> None:
    async def scenario(api: Api) -> None:
        await made(api, r=1)
        for name in ("status", "scale"):
            reply = await api.ask(
                {"create": "POST", "delete": "DELETE"}[verb], f"{WIDGETS}/a/{name}", widget()
            )
            assert reply.status == 405
            assert reply.message == f'{verb} is not supported on resources of kind "widgets.example.com"'

    drive(scenario)


def test_the_scale_shows_replicas_and_selector() -> None:
    async def scenario(api: Api) -> None:
        await made(api, r=3)
        await api.patch(f"{WIDGETS}/a/status", {"status": {"r": 2, "sel": "app=web"}})
        found = (await api.get(SCALE)).json
        assert (found["kind"], found["spec"]) == ("Scale", {"replicas": 3})
        assert found["status"] == {"replicas": 2, "selector": "app=web"}

    drive(scenario)


def test_scaling_changes_the_replicas_and_the_generation() -> None:
    async def scenario(api: Api) -> None:
        await made(api, r=3)
        scaled = await api.patch(SCALE, {"spec": {"replicas": 5}})
        assert scaled["spec"] == {"replicas": 5}
        found = (await api.get(f"{WIDGETS}/a")).json
        assert (found["spec"]["r"], found["metadata"]["generation"]) == (5, 2)
        found = {**scaled, "metadata": {"name": "a", "resourceVersion": "1"}}
        assert (await api.ask("PUT", SCALE, found)).status == 409

    drive(scenario)


def test_replicas_are_judged_by_the_custom_resource() -> None:
    async def scenario(api: Api) -> None:
        await made(api, r=3)
        reply = await api.ask("PATCH", SCALE, {"spec": {"replicas": -1}}, kind="application/merge-patch+json")
        assert reply.status == 422
        assert reply.message == (
            'Widget.example.com "a" is invalid: .spec.r: Invalid value: -1: should be a non-negative integer'
        )

    drive(scenario)


def test_an_object_without_replicas_has_no_scale() -> None:
    async def scenario(api: Api) -> None:
        await made(api)
        reply = await api.get(SCALE)
        assert reply.status == 500
        assert reply.message == ('Internal error occurred: the spec replicas field ".spec.r" does not exist')
        reply = await api.ask("PATCH", SCALE, {"metadata": {}}, kind="application/merge-patch+json")
        assert (reply.status, reply.message) == (400, 'the spec replicas field ".spec.r" cannot be empty')
        assert (await api.patch(SCALE, {"spec": {"replicas": 2}}))["spec"] == {"replicas": 2}

    drive(scenario)


def test_the_same_replicas_again_change_nothing_of_what_nobody_owns() -> None:
    async def scenario(api: Api) -> None:
        await made(api, r=2)
        bare = await api.patch(f"{WIDGETS}/a", {"metadata": {"managedFields": [{}]}})
        assert "managedFields" not in bare["metadata"]
        await api.patch(SCALE, {"spec": {"replicas": 2}})
        assert (await api.get(f"{WIDGETS}/a")).json == bare

    drive(scenario)


def test_replicas_have_owners_through_the_scale_too() -> None:
    async def scenario(api: Api) -> None:
        await define(api, both())
        mine = widget(spec={"r": 3})
        await api.ask("PATCH", f"{WIDGETS}/a?fieldManager=one", mine, kind=APPLY)
        scale = {
            "apiVersion": "autoscaling/v1",
            "kind": "Scale",
            "metadata": {"name": "a"},
            "spec": {"replicas": 4},
        }
        refused = await api.ask("PATCH", f"{SCALE}?fieldManager=two", scale, kind=APPLY)
        assert refused.status == 409
        forced = await api.ask("PATCH", f"{SCALE}?fieldManager=two&force=true", scale, kind=APPLY)
        assert forced.status == 200
        managed = (await api.get(f"{WIDGETS}/a")).json["metadata"]["managedFields"]
        [owner] = [entry for entry in managed if "f:r" in str(entry["fieldsV1"])]
        assert (owner["manager"], owner["subresource"]) == ("two", "scale")

    drive(scenario)


def test_discovery_lists_them() -> None:
    async def scenario(api: Api) -> None:
        await define(api, both())
        found = (await api.get(f"{ROOT}/v1")).json["resources"]
        assert [entry["name"] for entry in found] == ["widgets", "widgets/status", "widgets/scale"]
        assert (found[2]["group"], found[2]["kind"]) == ("autoscaling", "Scale")

    drive(scenario)


def test_a_whole_status_names_the_revision_it_replaces_but_a_scale_need_not() -> None:
    async def scenario(api: Api) -> None:
        await made(api, r=3)
        reply = await api.ask("PUT", f"{WIDGETS}/a/status", widget(status={"m": 2}))
        assert reply.status == 422
        assert reply.message == (
            'widgets.example.com "a" is invalid: metadata.resourceVersion: Invalid value: 0: '
            "must be specified for an update"
        )
        scale = {"metadata": {"name": "a", "namespace": "default"}, "spec": {"replicas": 4}}
        assert (await api.put(SCALE, scale))["spec"] == {"replicas": 4}

    drive(scenario)


def test_a_wrong_type_hides_no_other_problem_and_a_path_is_named_in_full() -> None:
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"r": {"type": "integer"}}, **RULE}},
    }

    async def scenario(api: Api) -> None:
        await define(api, definition(version(schema=schema, subresources={"scale": PATHS})))
        reply = await api.ask("POST", WIDGETS, {**widget(spec={"r": 1}), "kind": "Other"})
        assert [cause["field"] for cause in reply.json["details"]["causes"]] == ["kind", "spec"]
        reply = await api.ask("POST", WIDGETS, widget(spec="x"))
        assert ".spec.r accessor error: x is of the type string, expected map[" in reply.message
        reply = await api.ask("POST", WIDGETS, {**widget(), "apiVersion": "a/b/c"})
        assert "unexpected GroupVersion string: a/b/c" in reply.message

    drive(scenario)
