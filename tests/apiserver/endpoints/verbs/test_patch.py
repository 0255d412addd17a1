"""PATCH in its four media types: what each changes, what each refuses, and who owns the result."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ...harness import CONFIG_MAPS, PODS, Api, config_map, drive, pod

JSON = "json-patch+json"
MERGE = "merge-patch+json"
STRATEGIC = "strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
A = f"{CONFIG_MAPS}/a"
ADD = [{"op": "test", "path": "/data/k", "value": "v"}, {"op": "add", "path": "/data/a", "value": "b"}]


@pytest.mark.parametrize(
    ("kind", "change", "data"),
    [
        (MERGE, {"data": {"k": None, "n": "1"}}, {"l": "w", "n": "1"}),
        (STRATEGIC, {"data": {"k": "x"}}, {"k": "x", "l": "w"}),
        (STRATEGIC, {"data": {"$patch": "replace", "z": "1"}}, {"z": "1"}),
        (JSON, [{"op": "remove", "path": "/data/k"}], {"l": "w"}),
        (JSON, ADD, {"a": "b", "k": "v", "l": "w"}),
    ],
)
def test_what_a_patch_changes(kind: str, change: Any, data: dict[str, str]) -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map(data={"k": "v", "l": "w"}))
        assert (await api.patch(A, change, kind))["data"] == data

    drive(scenario)


def test_lists_merge_by_key_only_in_strategic_patches() -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod())
        change = {"spec": {"containers": [{"name": "c", "image": "app:2"}]}}
        done = await api.patch(f"{PODS}/a", change, STRATEGIC)
        assert [(c["name"], c["image"]) for c in done["spec"]["containers"]] == [("c", "app:2")]
        two = {"spec": {"containers": [{"name": "d", "image": "app:1"}]}}
        reply = await api.ask("PATCH", f"{PODS}/a", two, kind=f"application/{STRATEGIC}")
        assert reply.status == 422  # a pod's containers are fixed: the merge added one

    drive(scenario)


@pytest.mark.parametrize(
    ("kind", "change", "status"),
    [
        (JSON, [{"op": "remove", "path": "/data/nope"}], 422),
        (JSON, [{"op": "test", "path": "/data/k", "value": "x"}], 422),
        (JSON, {"op": "remove"}, 400),
        (MERGE, [1], 400),
        (MERGE, b"{", 400),
        (MERGE, {"metadata": {"name": "b"}}, 400),
        (MERGE, {"data": {"k": 1}}, 422),
        (STRATEGIC, {"data": {"k": ["x"]}}, 422),
        ("x-patch", {}, 415),
    ],
)
def test_patches_that_cannot_be_applied(kind: str, change: Any, status: int) -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map(data={"k": "v"}))
        before = api.revision
        reply = await api.ask("PATCH", A, change, kind=f"application/{kind}")
        assert reply.status == status, reply.text
        assert api.revision == before

    drive(scenario)


def test_a_patch_needs_an_object() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("PATCH", A, {}, kind=f"application/{MERGE}")
        assert (reply.status, reply.message) == (404, 'configmaps "a" not found')

    drive(scenario)


def test_patches_at_once_all_arrive() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        await asyncio.gather(*(api.patch(A, {"data": {f"k{i}": "v"}}) for i in range(20)))
        assert len((await api.get(A)).json["data"]) == 20

    drive(scenario)


def test_a_patch_that_names_a_revision_conflicts_when_it_is_stale() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(CONFIG_MAPS, config_map())
        await api.patch(A, {"data": {"k": "1"}})
        stale = {"metadata": {"resourceVersion": made["metadata"]["resourceVersion"]}, "data": {"k": "2"}}
        assert (await api.ask("PATCH", A, stale, kind=f"application/{MERGE}")).status == 409

    drive(scenario)


def test_a_patch_that_changes_nothing_writes_nothing() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map(data={"k": "v"}))
        before = api.revision
        await api.patch(A, {"data": {"k": "v"}})
        assert api.revision == before

    drive(scenario)


async def apply(api: Api, manager: str, data: dict[str, str], query: str = "") -> Any:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data}
    return await api.ask("PATCH", f"{A}?fieldManager={manager}{query}", body, kind=APPLY)


def test_apply_creates_and_then_keeps_to_its_own_fields() -> None:
    async def scenario(api: Api) -> None:
        first = await apply(api, "one", {"k": "v", "l": "w"})
        assert (first.status, first.json["metadata"]["managedFields"][0]["operation"]) == (201, "Apply")
        await api.patch(A, {"data": {"other": "1"}})
        second = await apply(api, "one", {"k": "v"})
        assert (second.status, second.json["data"]) == (200, {"k": "v", "other": "1"})

    drive(scenario)


def test_two_appliers_conflict_unless_one_insists() -> None:
    async def scenario(api: Api) -> None:
        await apply(api, "one", {"k": "v"})
        reply = await apply(api, "two", {"k": "x"})
        assert (reply.status, reply.json["reason"]) == (409, "Conflict")
        assert reply.message == 'Apply failed with 1 conflict: conflict with "one": .data.k'
        assert reply.json["details"]["causes"][0]["reason"] == "FieldManagerConflict"
        forced = await apply(api, "two", {"k": "x"}, "&force=true")
        assert (forced.status, forced.json["data"]) == (200, {"k": "x"})

    drive(scenario)


def test_apply_may_not_be_anonymous_nor_broken() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("PATCH", A, {}, kind=APPLY)
        assert (reply.status, "fieldManager: Required value" in reply.message) == (422, True)
        reply = await api.ask("PATCH", f"{A}?fieldManager=me", b"a: [", kind=APPLY)
        assert reply.message.startswith("error decoding YAML: error converting YAML to JSON")
        reply = await api.ask("PATCH", f"{A}?fieldManager=me", b"[1]", kind=APPLY)
        assert "cannot unmarshal array into Go value of type map[string]interface {}" in reply.message

    drive(scenario)


@pytest.mark.parametrize("more", [{}, {"metadata": None}, {"metadata": {}}])
def test_an_apply_that_creates_needs_a_name(more: dict[str, Any]) -> None:
    async def scenario(api: Api) -> None:
        body = {"apiVersion": "v1", "kind": "ConfigMap", **more}
        refused = await api.ask("PATCH", f"{A}?fieldManager=one", body, kind=APPLY)
        assert refused.status == 400, refused.text
        why = "the name of the object (a based on URL) was undeterminable: name must be provided"
        assert refused.message == why

    drive(scenario)


@pytest.mark.parametrize(("metadata", "shown"), [("x", "&{x}"), ([1], "&{[1]}")])
def test_an_apply_whose_metadata_is_no_map_is_refused(metadata: Any, shown: str) -> None:
    async def scenario(api: Api) -> None:
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
        refused = await api.ask("PATCH", f"{A}?fieldManager=one", body, kind=APPLY)
        assert refused.message.endswith(f".metadata: expected map, got {shown}"), refused.text

    drive(scenario)


def test_a_dry_run_of_apply_leaves_no_trace() -> None:
    async def scenario(api: Api) -> None:
        before = api.revision
        assert (await apply(api, "one", {"k": "v"}, "&dryRun=All")).status == 201
        assert (api.revision, (await api.get(A)).status) == (before, 404)

    drive(scenario)


def test_status_is_patched_through_its_subresource() -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod())
        change = {"status": {"phase": "Running"}, "metadata": {"labels": {"app": "x"}}}
        plain = await api.patch(f"{PODS}/a", change)
        assert (plain["status"]["phase"], plain["metadata"]["labels"]) == ("Pending", {"app": "x"})
        assert (await api.patch(f"{PODS}/a/status", change))["status"]["phase"] == "Running"

    drive(scenario)


def test_hundreds_may_apply_parts_of_one_object() -> None:
    managers = 300

    async def applied(api: Api, number: int, data: dict[str, str], query: str = "") -> Any:
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data}
        return await api.ask("PATCH", f"{A}?fieldManager=m{number}{query}", body, kind=APPLY)

    async def scenario(api: Api) -> None:
        for number in range(managers):
            assert (await applied(api, number, {f"k{number}": "v", "shared": "v"})).status in (200, 201)
        refused = await applied(api, 0, {"k0": "v", "shared": "w"})
        assert refused.status == 409
        others = {f'conflict with "m{number}"' for number in range(1, managers)}
        assert {cause["message"] for cause in refused.json["details"]["causes"]} == others
        forced = (await applied(api, 0, {"k0": "v", "shared": "w"}, "&force=true")).json
        owners = [
            entry["manager"]
            for entry in forced["metadata"]["managedFields"]
            if "f:shared" in entry["fieldsV1"]["f:data"]
        ]
        assert owners == ["m0"]
        left = (await applied(api, 7, {})).json
        assert "k7" not in left["data"] and len(left["data"]) == managers
        assert len(left["metadata"]["managedFields"]) in (managers, managers - 1)

    drive(scenario)


@pytest.mark.parametrize("kind", [JSON, MERGE, STRATEGIC])
def test_a_broken_patch_of_what_is_not_there_finds_nothing(kind: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("PATCH", A, b"{", kind=f"application/{kind}")
        assert reply.status == 404

    drive(scenario)


@pytest.mark.parametrize("value", [None, ""])
def test_an_object_without_its_kind_stays_of_its_kind(value: Any) -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        change = [{"op": "replace", "path": "/kind", "value": value}]
        assert (await api.patch(A, change, JSON))["kind"] == "ConfigMap"

    drive(scenario)


def test_a_patch_that_leaves_no_object_is_refused() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        change = [{"op": "replace", "path": "", "value": [1]}]
        reply = await api.ask("PATCH", A, change, kind=f"application/{JSON}")
        why = (
            "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type"
        )
        assert reply.status == 422
        assert f'patch: Invalid value: "[1]": {why} struct' in reply.message

    drive(scenario)


def test_unknown_fields_are_named_in_the_order_of_the_patched_object() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        reply = await api.ask("PATCH", A, {"z": 1, "b": 1}, kind=f"application/{MERGE}")
        found = [text for name, text in reply.headers if name == "warning"]
        assert found == ['299 - "unknown field \\"b\\""', '299 - "unknown field \\"z\\""']

    drive(scenario)


def test_an_apply_that_does_not_fit_is_refused_in_the_converters_words() -> None:
    async def scenario(api: Api) -> None:
        head = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}}
        path = A.replace("configmaps", "services") + "?fieldManager=m"
        for port, why in (
            ({"port": 1.5}, "cannot convert float64 to int32"),
            ({"port": 1, "targetPort": True}, "json: cannot unmarshal bool into Go value of type int32"),
        ):
            reply = await api.ask("PATCH", path, {**head, "spec": {"ports": [port]}}, kind=APPLY)
            assert (reply.status, reply.message) == (
                500,
                "failed to convert new object (/a; /v1, Kind=Service) to proper version: unable to convert "
                f"unstructured object to /v1, Kind=Service: {why}",
            )

    drive(scenario)


def test_numbers_that_are_applied_wrap_around() -> None:
    async def scenario(api: Api) -> None:
        body = {"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "a"}}
        template = {"metadata": {"labels": {"a": "b"}}, "spec": pod()["spec"]}
        body["spec"] = {"replicas": 2**32 + 1, "selector": {"a": "b"}, "template": template}
        path = A.replace("configmaps", "replicationcontrollers") + "?fieldManager=m"
        reply = await api.ask("PATCH", path, body, kind=APPLY)
        assert (reply.status, reply.json["spec"]["replicas"]) == (201, 1)

    drive(scenario)


def test_null_that_is_applied_to_a_map_is_an_empty_text() -> None:
    async def scenario(api: Api) -> None:
        reply = await apply(api, "one", {"k": None, "l": "w"})  # type: ignore[dict-item]
        assert (reply.status, reply.json["data"]) == (201, {"k": "", "l": "w"})

    drive(scenario)


def test_an_apply_on_trial_leaves_the_stored_object_alone() -> None:
    async def scenario(api: Api) -> None:
        path = A.replace("/api/v1", "/apis/apps/v1").replace("configmaps", "daemonsets")
        template = {"metadata": {"labels": {"a": "b"}}, "spec": pod()["spec"]}
        body = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "a"}}
        body["spec"] = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
        await api.create(path.removesuffix("/a"), body)
        template["spec"]["containers"][0]["image"] = "app:2"
        query = "?fieldManager=m&force=true&dryRun=All"
        for _ in range(2):
            reply = await api.ask("PATCH", path + query, body, kind=APPLY)
            notes = reply.json["metadata"]["annotations"]
            assert notes["deprecated.daemonset.template.generation"] == "2"

    drive(scenario)


def test_a_patch_that_takes_the_version_leaves_no_known_field() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map(data={"k": "v"}))
        path, kind = f"{A}?fieldValidation=", f"application/{MERGE}"
        strict = await api.ask("PATCH", path + "Strict", {"apiVersion": None}, kind=kind)
        assert strict.status == 422
        assert strict.message.endswith(
            'strict decoding error: unknown field "data", unknown field "metadata"'
        )
        warned = await api.ask("PATCH", path + "Warn", {"apiVersion": None}, kind=kind)
        assert (warned.status, warned.message[:22]) == (400, "the name of the object")

    drive(scenario)


def test_keys_applied_twice_are_refused_in_yamls_words() -> None:
    async def scenario(api: Api) -> None:
        text = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v, k: w}\n"
        reply = await api.ask("PATCH", f"{A}?fieldManager=m&fieldValidation=Strict", text, kind=APPLY)
        assert (reply.status, reply.message) == (
            400,
            "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n"
            '  line 4: key "k" already set in map',
        )

    drive(scenario)


def test_a_strategic_patch_that_makes_no_object_is_shown_without_what_was_used_up() -> None:
    change = {
        "spec": {
            "hostname": 5,
            "$setElementOrder/containers": [{"name": "c"}],
            "containers": [{"name": "c", "image": "x"}],
        }
    }

    async def scenario(api: Api) -> None:
        await api.create(PODS, pod())
        reply = await api.ask("PATCH", f"{PODS}/a", change, kind="application/strategic-merge-patch+json")
        assert reply.status == 422
        assert 'patch: Invalid value: "map[spec:map[hostname:5]]"' in reply.message

    drive(scenario)
