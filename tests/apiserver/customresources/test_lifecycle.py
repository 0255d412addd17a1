"""A definition's life: accepted, served, changed, drained, gone."""

from __future__ import annotations

import random

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apiserver import app
from wherry.apiserver.endpoints import write
from wherry.apiserver.endpoints.internal import APISERVER
from wherry.apiserver.settings import Settings
from wherry.apiserver.storage.storage import Storage

from ..harness import DEFAULT, Api, drive, pki
from .widgets import (
    DEFINITIONS,
    ROOT,
    WIDGETS,
    change,
    condition,
    define,
    definition,
    judged,
    spec_of,
    version,
    widget,
)

NAME = f"{DEFINITIONS}/widgets.example.com"


def test_an_accepted_definition_is_established_and_served() -> None:
    async def scenario(api: Api) -> None:
        found = await define(api)
        assert condition(found, "NamesAccepted")["reason"] == "NoConflicts"
        assert condition(found, "Established")["reason"] == "InitialNamesAccepted"
        assert found["status"]["acceptedNames"]["listKind"] == "WidgetList"
        made = await api.create(WIDGETS, widget(spec={"size": 1}))
        assert made["metadata"]["generation"] == 1
        assert (await api.get(f"{WIDGETS}/a")).json == made

    drive(scenario)


def test_the_server_owns_the_status_it_writes() -> None:
    async def scenario(api: Api) -> None:
        managed = (await define(api))["metadata"]["managedFields"]
        [own] = [entry for entry in managed if entry["manager"] == "kube-apiserver"]
        assert own["subresource"] == "status"
        assert "f:storedVersions" not in own["fieldsV1"]["f:status"]

    drive(scenario)


def test_nothing_is_served_before_the_names_are_accepted() -> None:
    async def scenario(api: Api) -> None:
        await api.create(DEFINITIONS, definition())
        reply = await api.get(WIDGETS)
        assert (reply.status, reply.text) == (404, "404 page not found\n")
        await judged(api)
        assert (await api.get(WIDGETS)).status == 200

    drive(scenario)


def test_lists_name_kind_and_version_of_every_item() -> None:
    async def scenario(api: Api) -> None:
        await define(api, definition(names={"listKind": "ManyWidgets"}))
        await api.create(WIDGETS, widget())
        found = (await api.get(WIDGETS)).json
        assert (found["kind"], found["metadata"]["continue"]) == ("ManyWidgets", "")
        assert (found["items"][0]["apiVersion"], found["items"][0]["kind"]) == ("example.com/v1", "Widget")
        pretty = (await api.get(f"{WIDGETS}?pretty=1")).json
        assert pretty["items"] == found["items"]

    drive(scenario)


def test_deletion_drains_the_instances_first() -> None:
    async def scenario(api: Api) -> None:
        await define(api)
        held = widget("held")
        held["metadata"]["finalizers"] = ["example.com/wait"]
        await api.create(WIDGETS, widget())
        await api.create(WIDGETS, held)
        marked = (await api.ask("DELETE", NAME)).json
        assert marked["metadata"]["finalizers"] == ["customresourcecleanup.apiextensions.k8s.io"]
        assert condition(marked, "Terminating")["reason"] == "InstanceDeletionPending"
        async with api.watch(f"{WIDGETS}?watch=1&fieldSelector=metadata.name%3Dheld") as stream:
            while not (await stream.event())[1]["metadata"].get("deletionTimestamp"):
                pass
        found = (await api.get(NAME)).json
        assert condition(found, "Terminating")["reason"] == "InstanceDeletionInProgress"
        assert [item["metadata"]["name"] for item in (await api.get(WIDGETS)).json["items"]] == ["held"]
        async with api.watch(f"{DEFINITIONS}?watch=1") as stream:
            await api.patch(f"{WIDGETS}/held", {"metadata": {"finalizers": None}})
            while (await stream.event())[0] != "DELETED":
                pass
        assert (await api.get(WIDGETS)).status == 404

    drive(scenario)


def test_nothing_is_created_while_the_definition_goes() -> None:
    async def scenario(api: Api) -> None:
        await define(api)
        held = widget("held")
        held["metadata"]["finalizers"] = ["example.com/wait"]
        await api.create(WIDGETS, held)
        await api.ask("DELETE", NAME)
        reply = await api.ask("POST", WIDGETS, widget("late"))
        assert reply.status == 403
        assert reply.message == (
            'widgets.example.com "late" is forbidden: create not allowed while custom resource definition is '
            "terminating"
        )
        verbs = (await api.get(f"{ROOT}/v1")).json["resources"][0]["verbs"]
        assert verbs == ["delete", "deletecollection", "get", "list", "watch"]

    drive(scenario)


def test_a_definition_can_come_again() -> None:
    async def scenario(api: Api) -> None:
        await define(api)
        await api.create(WIDGETS, widget())
        async with api.watch(f"{DEFINITIONS}?watch=1") as stream:
            await api.ask("DELETE", NAME)
            while (await stream.event())[0] != "DELETED":
                pass
        await define(api)
        assert (await api.get(WIDGETS)).json["items"] == []

    drive(scenario)


def test_a_watch_ends_with_its_definition() -> None:
    async def scenario(api: Api) -> None:
        await define(api)
        async with api.watch(f"{WIDGETS}?watch=1") as stream:
            await api.create(WIDGETS, widget())
            assert (await stream.event())[0] == "ADDED"
            await api.ask("DELETE", NAME)
            assert (await stream.event())[0] == "DELETED"
            assert await stream.line() == b""

    drive(scenario)


def test_a_changed_schema_takes_effect_at_once() -> None:
    async def scenario(api: Api) -> None:
        text = {"type": "string"}
        await define(api, definition(version(schema=spec_of(a=text, b=text))))
        await api.create(WIDGETS, widget(spec={"a": "x", "b": "y"}))
        place = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties"
        new = {"a": text, "c": {"type": "string", "default": "z"}}
        await change(api, [{"op": "replace", "path": place, "value": new}])
        assert (await api.get(f"{WIDGETS}/a")).json["spec"] == {"a": "x", "c": "z"}
        [item] = (await api.get(WIDGETS)).json["items"]
        assert item["spec"] == {"a": "x", "c": "z"}
        assert (await api.create(WIDGETS, widget("b", spec={"b": "y"})))["spec"] == {"c": "z"}

    drive(scenario)


def test_a_cluster_scoped_kind_is_not_found_in_a_namespace() -> None:
    async def scenario(api: Api) -> None:
        await define(api, definition(scope="Cluster"))
        assert (await api.get(WIDGETS)).text == "404 page not found\n"
        made = await api.create(f"{ROOT}/v1/widgets", widget())
        assert "namespace" not in made["metadata"]

    drive(scenario)


def test_a_namespaced_kind_is_written_in_a_namespace_only() -> None:
    async def scenario(api: Api) -> None:
        await define(api)
        for method in ("POST", "DELETE"):
            assert (await api.ask(method, f"{ROOT}/v1/widgets", widget())).text == "404 page not found\n"
        assert (await api.get(f"{ROOT}/v1/widgets")).status == 200

    drive(scenario)


def test_instances_go_with_their_namespace() -> None:
    """Discovery is what the namespace controller reads."""

    async def scenario(api: Api) -> None:
        await define(api)
        await api.create(WIDGETS, widget())
        reply = await api.ask("DELETE", WIDGETS)
        assert [item["metadata"]["name"] for item in reply.json["items"]] == ["a"]
        assert (await api.get(WIDGETS)).json["items"] == []
        assert (await api.get(f"{DEFAULT}/configmaps")).status == 200

    drive(scenario)


def test_a_definition_made_before_a_restart_is_served_after_it() -> None:
    async def scenario(api: Api) -> None:
        await define(api)
        await api.create(WIDGETS, widget())
        storage = await Storage.open(api.app.storage.store, api.clock)
        settings = Settings(data_dir=pki().directory.parent, storage="memory")
        again = Api(app.build(settings, storage, pki(), api.clock, random.Random(2)), api.clock)
        assert (await again.get(f"{WIDGETS}/a")).status == 200
        assert (await again.get(f"{ROOT}/v1")).json["resources"][0]["name"] == "widgets"
        await again.app.close()

    drive(scenario)


def test_the_stored_versions_are_never_empty() -> None:
    async def scenario(api: Api) -> None:
        await define(api)
        changed = await api.patch(f"{NAME}/status", {"status": {"storedVersions": []}})
        assert changed["status"]["storedVersions"] == ["v1"]

    drive(scenario)


def test_conditions_that_a_client_removes_come_back() -> None:
    """Kubernetes' conformance suite does this to a definition's status."""

    async def scenario(api: Api) -> None:
        await define(api)
        async with api.watch(f"{DEFINITIONS}?watch=1") as stream:
            await stream.event()
            patch = [{"op": "add", "path": "/status/conditions", "value": [{"message": "patched"}]}]
            patched = await api.patch(f"{NAME}/status", patch, "json-patch+json")
            assert patched["status"]["conditions"][0]["message"] == "patched"
            while not condition(found := (await stream.event())[1], "Established"):
                pass
        assert found["status"]["conditions"][0]["message"] == "patched"
        assert (await api.get(WIDGETS)).status == 200

    drive(scenario)


def test_a_write_that_a_change_of_the_schema_overtook_is_seen_by_the_new_one() -> None:
    async def scenario(api: Api) -> None:
        text = {"type": "string"}
        await define(api, definition(version(schema=spec_of(a=text, b=text))))
        server = api.app.server
        before = server.scopes["example.com", "v1", "widgets"]
        place = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties"
        await change(api, [{"op": "replace", "path": place, "value": {"a": text}}])
        obj = widget(spec={"a": "x", "b": "y"})
        await write.create(server, before, write.Write(APISERVER, "default", "", "late"), obj)
        assert (await api.get(f"{WIDGETS}/a")).json["spec"] == {"a": "x"}
        assert (await api.create(WIDGETS, widget("b", spec={"a": "x"})))["spec"] == {"a": "x"}

    drive(scenario)


@pytest.mark.parametrize("held", [False, True])
def test_a_write_that_a_deletion_overtook_leaves_nothing_behind(held: bool) -> None:
    """Admission or conversion took so long that the definition is going by now, or gone."""

    async def scenario(api: Api) -> None:
        await define(api)
        first = widget("first")
        first["metadata"]["finalizers"] = ["example.com/wait"] if held else []
        await api.create(WIDGETS, first)
        server = api.app.server
        before = server.scopes["example.com", "v1", "widgets"]
        async with api.watch(f"{DEFINITIONS}?watch=1") as stream:
            await api.ask("DELETE", NAME)
            while not held and (await stream.event())[0] != "DELETED":
                pass
        with pytest.raises(StatusError, match="custom resource definition is terminating"):
            await write.create(server, before, write.Write(APISERVER, "default", "", "late"), widget("late"))
        assert before.cache.get("default", "late") is None

    drive(scenario)
