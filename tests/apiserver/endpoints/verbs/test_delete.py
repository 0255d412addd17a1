"""DELETE: at once, after a grace period, after finalizers; preconditions, propagation, dry runs."""

from __future__ import annotations

from typing import Any

import pytest

from ...harness import CONFIG_MAPS, PODS, Api, config_map, drive, pod

A = f"{CONFIG_MAPS}/a"
HELD = {"metadata": {"name": "a", "finalizers": ["example.com/hold"]}}


def test_an_object_that_is_gone_is_answered_with_a_status() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(CONFIG_MAPS, config_map())
        reply = await api.ask("DELETE", A)
        assert (reply.status, reply.json["status"]) == (200, "Success")
        assert reply.json["details"] == {
            "name": "a",
            "kind": "configmaps",
            "uid": made["metadata"]["uid"],
        }
        assert (await api.ask("DELETE", A)).message == 'configmaps "a" not found'

    drive(scenario)


def test_a_finalizer_keeps_the_object() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, HELD)
        reply = await api.ask("DELETE", A)
        meta = reply.json["metadata"]
        assert (reply.status, reply.json["kind"]) == (200, "ConfigMap")
        assert (meta["deletionTimestamp"], meta["deletionGracePeriodSeconds"]) == ("2026-01-01T00:00:00Z", 0)
        again = await api.ask("DELETE", A)
        assert again.json["metadata"]["resourceVersion"] == meta["resourceVersion"]

    drive(scenario)


@pytest.mark.parametrize(("asked", "seconds"), [(None, 30), (5, 5), (120, 120)])
def test_a_running_pod_has_a_grace_period(asked: int | None, seconds: int) -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod(nodeName="n1"))
        query = "" if asked is None else f"?gracePeriodSeconds={asked}"
        meta = (await api.ask("DELETE", f"{PODS}/a{query}")).json["metadata"]
        assert meta["deletionGracePeriodSeconds"] == seconds
        assert meta["deletionTimestamp"] == f"2026-01-01T00:{seconds // 60:02}:{seconds % 60:02}Z"

    drive(scenario)


def test_the_grace_period_can_only_get_shorter() -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod(nodeName="n1"))
        for asked, left in ((20, 20), (60, 20), (5, 5)):
            reply = await api.ask("DELETE", f"{PODS}/a?gracePeriodSeconds={asked}")
            assert reply.json["metadata"]["deletionGracePeriodSeconds"] == left
        await api.ask("DELETE", f"{PODS}/a?gracePeriodSeconds=0")
        assert (await api.get(f"{PODS}/a")).status == 404

    drive(scenario)


def test_a_pod_without_a_node_goes_at_once() -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod())
        await api.ask("DELETE", f"{PODS}/a")
        assert (await api.get(f"{PODS}/a")).status == 404

    drive(scenario)


@pytest.mark.parametrize(
    ("options", "finalizers"),
    [
        ({}, ["example.com/hold"]),
        ({"propagationPolicy": "Background"}, ["example.com/hold"]),
        ({"propagationPolicy": "Foreground"}, ["example.com/hold", "foregroundDeletion"]),
        ({"propagationPolicy": "Orphan"}, ["example.com/hold", "orphan"]),
        ({"orphanDependents": True}, ["example.com/hold", "orphan"]),
    ],
)
def test_the_policy_becomes_a_finalizer(options: dict[str, Any], finalizers: list[str]) -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, HELD)
        reply = await api.ask("DELETE", A, options)
        assert (reply.status, reply.json["metadata"]["finalizers"]) == (200, finalizers)

    drive(scenario)


def test_cascading_the_old_way_is_accepted_not_done() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, HELD)
        assert (await api.ask("DELETE", A, {"orphanDependents": False})).status == 202

    drive(scenario)


@pytest.mark.parametrize(("key", "label"), [("uid", "UID"), ("resourceVersion", "ResourceVersion")])
def test_preconditions(key: str, label: str) -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(CONFIG_MAPS, config_map())
        reply = await api.ask("DELETE", A, {"preconditions": {key: "77"}})
        assert reply.status == 409
        assert f"the {label} in the precondition (77) does not match the {label} in record" in reply.message
        right = {"preconditions": {key: made["metadata"][key]}}
        assert (await api.ask("DELETE", A, right)).status == 200

    drive(scenario)


@pytest.mark.parametrize("held", [config_map(), HELD])
def test_a_dry_run_deletes_nothing(held: dict[str, Any]) -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(CONFIG_MAPS, held)
        for query, body in (("?dryRun=All", None), ("", {"dryRun": ["All"]})):
            assert (await api.ask("DELETE", A + query, body)).status == 200
        assert (await api.get(A)).json == made

    drive(scenario)


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (b"{", 400, "couldn't get version/kind; json parse error"),
        (b"[1]", 400, "cannot unmarshal array"),
        ({"kind": "Pod", "apiVersion": "v1"}, 400, 'no kind "Pod" is registered for version "v1"'),
        ({"gracePeriodSeconds": "soon"}, 400, "cannot unmarshal string"),
        ({"propagationPolicy": "Sideways"}, 422, "propagationPolicy: Unsupported value"),
    ],
)
def test_options_that_cannot_be_read(body: Any, status: int, why: str) -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        reply = await api.ask("DELETE", A, body)
        assert reply.status == status
        assert why in reply.message
        assert (await api.get(A)).status == 200

    drive(scenario)


def test_a_collection_is_deleted_in_pages() -> None:
    async def scenario(api: Api) -> None:
        for name in "abc":
            await api.create(CONFIG_MAPS, config_map(name))
        reply = await api.ask("DELETE", f"{CONFIG_MAPS}?limit=2")
        assert [item["metadata"]["name"] for item in reply.json["items"]] == ["a", "b"]
        assert [i["metadata"]["name"] for i in (await api.get(CONFIG_MAPS)).json["items"]] == ["c"]

    drive(scenario)


def test_a_policy_that_is_in_force_already_leaves_the_order_of_finalizers() -> None:
    async def scenario(api: Api) -> None:
        finalizers = ["foregroundDeletion", "example.com/hold"]
        await api.create(CONFIG_MAPS, {"metadata": {"name": "a", "finalizers": finalizers}})
        reply = await api.ask("DELETE", f"{A}?propagationPolicy=Foreground")
        assert reply.json["metadata"]["finalizers"] == finalizers

    drive(scenario)


def test_a_dry_run_shows_a_pod_as_it_would_be_told_to_end() -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod())
        meta = (await api.ask("DELETE", f"{PODS}/a?dryRun=All")).json["metadata"]
        assert (meta["deletionGracePeriodSeconds"], meta["generation"]) == (0, 2)
        assert "deletionTimestamp" not in (await api.get(f"{PODS}/a")).json["metadata"]

    drive(scenario)


def definition() -> dict[str, Any]:
    schema = {"openAPIV3Schema": {"type": "object"}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    spec = {
        "group": "x.io",
        "scope": "Cluster",
        "names": {"plural": "as", "kind": "A"},
        "versions": [version],
    }
    return {"metadata": {"name": "as.x.io"}, "spec": spec}


@pytest.mark.parametrize(
    ("path", "obj", "finalizers"),
    [
        ("/api/v1/namespaces", {"metadata": {"name": "b"}}, ["foregroundDeletion"]),
        (
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            definition(),
            ["customresourcecleanup.apiextensions.k8s.io"],
        ),
    ],
)
def test_kinds_with_a_deletion_of_their_own_are_only_marked_first(
    path: str, obj: dict[str, Any], finalizers: list[str]
) -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(path, obj)
        at = f"{path}/{made['metadata']['name']}"
        refused = await api.ask("DELETE", at, {"preconditions": {"resourceVersion": "1"}})
        assert "Precondition failed: ResourceVersion in precondition: 1, Resource" in refused.message
        reply = await api.ask("DELETE", f"{at}?propagationPolicy=Foreground&dryRun=All")
        meta = reply.json["metadata"]
        assert (meta["finalizers"], meta.get("generation")) == (
            finalizers,
            made["metadata"].get("generation"),
        )
        assert "deletionTimestamp" in meta
        assert "deletionGracePeriodSeconds" not in meta

    drive(scenario)
