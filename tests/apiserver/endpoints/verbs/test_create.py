"""POST: system metadata, generated names, namespaces, dry runs."""

from __future__ import annotations

import random
from typing import Any

import pytest

from ...harness import CONFIG_MAPS, DEFAULT, NAMESPACES, PODS, Api, config_map, drive, pod


def test_the_server_sets_its_own_metadata() -> None:
    async def scenario(api: Api) -> None:
        mine = {"uid": "x", "creationTimestamp": "2000-01-01T00:00:00Z", "selfLink": "/s", "generation": 7}
        made = await api.create(CONFIG_MAPS, {"metadata": {"name": "a", **mine}, "data": {"k": "v"}})
        meta = made["metadata"]
        assert meta["resourceVersion"] == str(api.revision)
        assert (len(meta["uid"]), meta["creationTimestamp"]) == (36, "2026-01-01T00:00:00Z")
        assert (meta["namespace"], "selfLink" in meta) == ("default", False)
        assert (await api.get(f"{CONFIG_MAPS}/a")).json == made

    drive(scenario)


def test_the_creator_owns_what_it_set() -> None:
    async def scenario(api: Api) -> None:
        agent = {"user-agent": "kubectl-create/v1"}
        reply = await api.ask("POST", CONFIG_MAPS, config_map(data={"k": "v"}), headers=agent)
        owner = reply.json["metadata"]["managedFields"][0]
        assert (owner["manager"], owner["operation"], owner["fieldsType"]) == (
            "kubectl-create",
            "Update",
            "FieldsV1",
        )
        assert owner["fieldsV1"] == {"f:data": {".": {}, "f:k": {}}}

    drive(scenario)


def test_a_status_is_not_created() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(PODS, {**pod(), "status": {"phase": "Running", "podIP": "1.2.3.4"}})
        assert (made["status"]["phase"], "podIP" in made["status"]) == ("Pending", False)

    drive(scenario)


def test_a_name_is_taken_once() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        reply = await api.ask("POST", CONFIG_MAPS, config_map())
        assert (reply.status, reply.json["reason"]) == (409, "AlreadyExists")
        assert reply.message == 'configmaps "a" already exists'

    drive(scenario)


def test_an_object_that_is_going_says_so() -> None:
    async def scenario(api: Api) -> None:
        held = {"metadata": {"name": "a", "finalizers": ["example.com/hold"]}}
        await api.create(CONFIG_MAPS, held)
        await api.ask("DELETE", f"{CONFIG_MAPS}/a")
        reply = await api.ask("POST", CONFIG_MAPS, held)
        assert reply.message == 'object is being deleted: configmaps "a" already exists'

    drive(scenario)


def test_names_are_generated() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(CONFIG_MAPS, {"metadata": {"generateName": "web-"}})
        name = made["metadata"]["name"]
        assert (name[:4], len(name)) == ("web-", 9)
        assert made["metadata"]["generateName"] == "web-"

    drive(scenario)


class Repeating(random.Random):
    """Makes the same name three times before it makes others."""

    calls = 0

    def choices(self, population: Any, *args: Any, k: int = 1, **more: Any) -> list[Any]:
        self.calls += 1
        return [population[0]] * k if self.calls <= 3 else super().choices(population, *args, k=k, **more)


def test_a_generated_name_that_is_taken_is_generated_again() -> None:
    async def scenario(api: Api) -> None:
        api.app.server.rng = Repeating(1)
        first = await api.create(CONFIG_MAPS, {"metadata": {"generateName": "web-"}})
        second = await api.create(CONFIG_MAPS, {"metadata": {"generateName": "web-"}})
        assert first["metadata"]["name"] == "web-bbbbb" != second["metadata"]["name"]

    drive(scenario)


def test_an_object_without_any_name() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("POST", CONFIG_MAPS, {"metadata": {}})
        assert reply.status == 422
        assert "metadata.name: Required value: name or generateName is required" in reply.message
        assert reply.json["details"]["causes"][0]["field"] == "metadata.name"

    drive(scenario)


def test_a_taken_name_may_be_generated_again_where_there_is_a_beginning_for_it() -> None:
    async def scenario(api: Api) -> None:
        body = {"metadata": {"name": "web-1", "generateName": "web-"}}
        await api.create(CONFIG_MAPS, body)
        reply = await api.ask("POST", CONFIG_MAPS, body)
        assert reply.message == (
            'configmaps "web-1" already exists, the server was not able to generate a unique name for the '
            "object"
        )
        assert (reply.json["details"]["retryAfterSeconds"], reply.header("retry-after")) == (1, "1")

    drive(scenario)


def test_a_new_object_has_no_revision() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("POST", CONFIG_MAPS, {"metadata": {"name": "a", "resourceVersion": "5"}})
        assert reply.status == 500
        assert reply.message == "resourceVersion should not be set on objects to be created"
        reply = await api.ask("POST", CONFIG_MAPS, {"metadata": {"name": "A", "resourceVersion": "5"}})
        assert reply.status == 422

    drive(scenario)


def test_only_the_store_minds_a_revision() -> None:
    async def scenario(api: Api) -> None:
        body = {"metadata": {"name": "a", "resourceVersion": "5"}}
        reply = await api.ask("POST", f"{CONFIG_MAPS}?dryRun=All", body)
        assert (reply.status, reply.json["metadata"]["resourceVersion"]) == (201, "5")
        made = await api.create(CONFIG_MAPS, {"metadata": {"name": "a", "resourceVersion": "none"}})
        assert made["metadata"]["resourceVersion"].isdigit()

    drive(scenario)


def test_the_namespace_is_the_paths() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("POST", CONFIG_MAPS, {"metadata": {"name": "a", "namespace": "other"}})
        assert reply.status == 400
        assert reply.message.endswith("does not match the namespace sent on the request")
        made = await api.create(NAMESPACES, {"metadata": {"name": "b", "namespace": "default"}})
        assert "namespace" not in made["metadata"]

    drive(scenario)


def test_a_namespace_must_be_there() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("POST", f"{NAMESPACES}/nope/configmaps", config_map())
        assert (reply.status, reply.message) == (404, 'namespaces "nope" not found')

    drive(scenario)


@pytest.mark.parametrize("path", [CONFIG_MAPS, f"{DEFAULT}/services"])
def test_a_dry_run_leaves_no_trace(path: str) -> None:
    async def scenario(api: Api) -> None:
        body = config_map() if path == CONFIG_MAPS else {**config_map(), "spec": {"ports": [{"port": 80}]}}
        before = api.revision
        for _ in range(2):
            reply = await api.ask("POST", f"{path}?dryRun=All", body)
            assert reply.status == 201, reply.text
            assert "resourceVersion" not in reply.json["metadata"]
        assert api.revision == before
        assert (await api.get(path)).json["items"] == []

    drive(scenario)


def test_a_dry_run_sees_what_is_there() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        assert (await api.ask("POST", f"{CONFIG_MAPS}?dryRun=All", config_map())).status == 409

    drive(scenario)


def test_every_invalid_field_is_a_cause() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("POST", PODS, pod("A", restartPolicy="Sometimes"))
        fields = [cause["field"] for cause in reply.json["details"]["causes"]]
        assert (reply.status, fields) == (422, ["metadata.name", "spec.restartPolicy"])
        assert reply.message.startswith('Pod "A" is invalid: [metadata.name: Invalid value: "A": ')

    drive(scenario)
