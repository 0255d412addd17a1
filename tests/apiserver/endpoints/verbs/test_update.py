"""PUT: optimistic concurrency, what a client cannot change, generation, creation where it is allowed."""

from __future__ import annotations

import asyncio

import pytest

from ...harness import CONFIG_MAPS, DEFAULT, PODS, Api, Object, config_map, drive, pod

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases"


def deployment(replicas: int = 1) -> Object:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": pod()["spec"]}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"metadata": {"name": "a"}, "spec": spec}


def test_the_object_is_replaced() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(CONFIG_MAPS, config_map(data={"k": "v", "l": "w"}))
        done = await api.put(f"{CONFIG_MAPS}/a", config_map(data={"k": "x"}))
        assert done["data"] == {"k": "x"}
        for key in ("uid", "creationTimestamp", "namespace"):
            assert done["metadata"][key] == made["metadata"][key]
        assert done["metadata"]["resourceVersion"] == str(api.revision)

    drive(scenario)


def test_a_stale_revision_conflicts() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(CONFIG_MAPS, config_map())
        await api.put(f"{CONFIG_MAPS}/a", {**made, "data": {"k": "1"}})
        reply = await api.ask("PUT", f"{CONFIG_MAPS}/a", {**made, "data": {"k": "2"}})
        assert (reply.status, reply.json["reason"]) == (409, "Conflict")
        assert reply.message == (
            'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply '
            "your changes to the latest version and try again"
        )

    drive(scenario)


def test_of_writers_at_once_one_wins() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(CONFIG_MAPS, config_map())
        bodies = [{**made, "data": {"by": str(i)}} for i in range(5)]
        replies = await asyncio.gather(*(api.ask("PUT", f"{CONFIG_MAPS}/a", b) for b in bodies))
        assert sorted(r.status for r in replies) == [200, 409, 409, 409, 409]

    drive(scenario)


def test_an_update_that_changes_nothing_writes_nothing() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(CONFIG_MAPS, config_map(data={"k": "v"}))
        before = api.revision
        assert await api.put(f"{CONFIG_MAPS}/a", made) == made
        assert api.revision == before

    drive(scenario)


def test_another_uid_is_another_object() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        reply = await api.ask("PUT", f"{CONFIG_MAPS}/a", {"metadata": {"name": "a", "uid": "other"}})
        assert reply.status == 409
        assert "Precondition failed: UID in precondition: other, UID in object meta: " in reply.message

    drive(scenario)


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({}, "the name of the object (a based on URL) was undeterminable: name must be provided"),
        ({"name": "b"}, "the name of the object (b) does not match the name on the URL (a)"),
        (
            {"name": "a", "namespace": "other"},
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
    ],
)
def test_the_object_is_the_one_of_the_path(meta: Object, message: str) -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        reply = await api.ask("PUT", f"{CONFIG_MAPS}/a", {"metadata": meta})
        assert (reply.status, reply.message) == (400, message)

    drive(scenario)


@pytest.mark.parametrize("version", ["x", "99999999999999999999"])
def test_a_revision_that_is_none(version: str) -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        reply = await api.ask(
            "PUT", f"{CONFIG_MAPS}/a", {"metadata": {"name": "a", "resourceVersion": version}}
        )
        assert "strconv.ParseUint" in reply.message

    drive(scenario)


def test_the_generation_counts_changes_of_the_spec() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(DEPLOYMENTS, deployment())
        assert made["metadata"]["generation"] == 1
        labelled = {**made, "metadata": {**made["metadata"], "labels": {"a": "b"}}}
        assert (await api.put(f"{DEPLOYMENTS}/a", labelled))["metadata"]["generation"] == 1
        scaled = await api.put(f"{DEPLOYMENTS}/a", deployment(3))
        assert scaled["metadata"]["generation"] == 2

    drive(scenario)


def test_status_and_spec_are_written_apart() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(DEPLOYMENTS, deployment())
        both = {**deployment(5), "status": {"replicas": 4}}
        through_status = await api.put(f"{DEPLOYMENTS}/a/status", both)
        assert (through_status["spec"], through_status["status"]) == (made["spec"], {"replicas": 4})
        assert through_status["metadata"]["generation"] == 1
        through_spec = await api.put(f"{DEPLOYMENTS}/a", {**deployment(5), "status": {"replicas": 9}})
        assert (through_spec["spec"]["replicas"], through_spec["status"]["replicas"]) == (5, 4)

    drive(scenario)


def test_a_dry_run_changes_nothing() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(CONFIG_MAPS, config_map(data={"k": "v"}))
        before = api.revision
        shown = await api.put(f"{CONFIG_MAPS}/a?dryRun=All", config_map(data={"k": "x"}))
        assert (shown["data"], api.revision) == ({"k": "x"}, before)
        assert (await api.get(f"{CONFIG_MAPS}/a")).json == made

    drive(scenario)


def test_some_kinds_are_created_by_put() -> None:
    async def scenario(api: Api) -> None:
        assert (await api.ask("PUT", f"{CONFIG_MAPS}/a", config_map())).status == 404
        reply = await api.ask("PUT", f"{LEASES}/a", {"metadata": {"name": "a"}, "spec": {}})
        assert (reply.status, reply.json["metadata"]["name"]) == (201, "a")
        named = {"metadata": {"name": "b", "uid": "u"}, "spec": {}}
        assert (await api.ask("PUT", f"{LEASES}/b", named)).status in (404, 409)

    drive(scenario)


def test_the_last_finalizer_taken_off_ends_a_deleted_object() -> None:
    async def scenario(api: Api) -> None:
        held = {"metadata": {"name": "a", "finalizers": ["example.com/hold"]}}
        await api.create(CONFIG_MAPS, held)
        await api.ask("DELETE", f"{CONFIG_MAPS}/a")
        assert (await api.get(f"{CONFIG_MAPS}/a")).json["metadata"]["deletionTimestamp"]
        await api.put(f"{CONFIG_MAPS}/a", config_map())
        assert (await api.get(f"{CONFIG_MAPS}/a")).status == 404

    drive(scenario)


def test_a_deleted_object_gets_no_new_finalizer() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, {"metadata": {"name": "a", "finalizers": ["example.com/hold"]}})
        await api.ask("DELETE", f"{CONFIG_MAPS}/a")
        more = {"metadata": {"name": "a", "finalizers": ["example.com/hold", "example.com/more"]}}
        reply = await api.ask("PUT", f"{CONFIG_MAPS}/a", more)
        assert reply.status == 422
        assert "no new finalizers can be added if the object is being deleted" in reply.message

    drive(scenario)


def test_a_pod_stays_what_it_is() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(PODS, pod())
        changed = {**made, "spec": {**made["spec"], "restartPolicy": "Never"}}
        reply = await api.ask("PUT", f"{PODS}/a", changed)
        assert reply.status == 422
        assert "spec: Forbidden: pod updates may not change fields other than" in reply.message
        assert (await api.get(f"{DEFAULT}/pods/a")).json == made

    drive(scenario)
