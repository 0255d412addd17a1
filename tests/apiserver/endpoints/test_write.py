"""Writes under contention and refusal: nothing lost, nothing half done, allocations given back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ..harness import CONFIG_MAPS, DEFAULT, NAMESPACES, PODS, Api, config_map, drive, pod

SERVICES = f"{DEFAULT}/services"
QUOTAS = f"{DEFAULT}/resourcequotas"


def service(name: str, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}], **spec}}


def test_writers_of_different_objects_do_not_meet() -> None:
    async def scenario(api: Api) -> None:
        made = await asyncio.gather(*(api.create(CONFIG_MAPS, config_map(f"c{i}")) for i in range(50)))
        revisions = [int(m["metadata"]["resourceVersion"]) for m in made]
        assert len(set(revisions)) == 50
        assert (await api.get(CONFIG_MAPS)).json["metadata"]["resourceVersion"] == str(max(revisions))

    drive(scenario)


def test_of_creators_of_one_name_one_wins() -> None:
    async def scenario(api: Api) -> None:
        replies = await asyncio.gather(*(api.ask("POST", CONFIG_MAPS, config_map()) for _ in range(5)))
        assert sorted(r.status for r in replies) == [201, 409, 409, 409, 409]

    drive(scenario)


def test_of_deleters_one_wins() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        replies = await asyncio.gather(*(api.ask("DELETE", f"{CONFIG_MAPS}/a") for _ in range(5)))
        assert sorted(r.status for r in replies) == [200, 404, 404, 404, 404]

    drive(scenario)


@pytest.mark.parametrize("query", ["", "?dryRun=All"])
def test_an_address_is_given_back_when_nothing_was_stored(query: str) -> None:
    async def scenario(api: Api) -> None:
        await api.create(SERVICES, service("a"))
        wanted = service("a" if not query else "b", clusterIP="127.48.0.77")
        assert (await api.ask("POST", SERVICES + query, wanted)).status == (201 if query else 409)
        made = await api.create(SERVICES, service("c", clusterIP="127.48.0.77"))
        assert made["spec"]["clusterIP"] == "127.48.0.77"

    drive(scenario)


def test_an_address_is_taken_once_and_free_after_deletion() -> None:
    async def scenario(api: Api) -> None:
        await api.create(SERVICES, service("a", clusterIP="127.48.0.77"))
        reply = await api.ask("POST", SERVICES, service("b", clusterIP="127.48.0.77"))
        assert (reply.status, "provided IP is already allocated" in reply.message) == (422, True)
        await api.ask("DELETE", f"{SERVICES}/a")
        await api.create(SERVICES, service("b", clusterIP="127.48.0.77"))

    drive(scenario)


def test_a_quota_is_not_overdrawn_by_writers_at_once() -> None:
    async def scenario(api: Api) -> None:
        spec = {"hard": {"count/configmaps": "3"}}
        await api.create(QUOTAS, {"metadata": {"name": "q"}, "spec": spec})
        used = {"hard": spec["hard"], "used": {"count/configmaps": "0"}}
        await api.patch(f"{QUOTAS}/q/status", {"status": used})
        bodies = [config_map(f"c{i}") for i in range(8)]
        replies = await asyncio.gather(*(api.ask("POST", CONFIG_MAPS, b) for b in bodies))
        assert sorted(r.status for r in replies) == [201] * 3 + [403] * 5
        assert len((await api.get(CONFIG_MAPS)).json["items"]) == 3

    drive(scenario)


def test_a_terminating_namespace_takes_nothing_new() -> None:
    async def scenario(api: Api) -> None:
        await api.create(NAMESPACES, {"metadata": {"name": "b"}})
        await api.ask("DELETE", f"{NAMESPACES}/b")
        reply = await api.ask("POST", f"{NAMESPACES}/b/configmaps", config_map())
        assert reply.status == 403
        assert "because it is being terminated" in reply.message

    drive(scenario)


def test_warnings_of_a_write_reach_the_client() -> None:
    async def scenario(api: Api) -> None:
        body = pod()
        body["metadata"]["annotations"] = {"seccomp.security.alpha.kubernetes.io/pod": "runtime/default"}
        reply = await api.ask("POST", PODS, body)
        assert reply.status == 201
        assert "seccomp" in reply.header("warning")

    drive(scenario)


def test_a_store_that_stopped_answers_with_an_error() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        await api.app.storage.store.close()
        assert (await api.ask("POST", CONFIG_MAPS, config_map("b"))).status == 500
        assert (await api.get(f"{CONFIG_MAPS}/a")).status == 200

    drive(scenario)
