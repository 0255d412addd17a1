"""Aggregated groups in the server's own discovery documents."""

from __future__ import annotations

import asyncio
from typing import Any

from wherry.apiserver.aggregation.discovery import converted

from ..harness import Api, drive
from .extension import (
    FLUNDER,
    GROUP,
    NAME,
    ROOT,
    SERVICES,
    STATUS,
    VERSION,
    Extension,
    api_service,
    expose,
    in_time,
    joined,
)

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


async def entry(api: Api) -> dict[str, Any]:
    """The group's version in the aggregated document."""
    items = (await api.get("/apis", AGGREGATED)).json["items"]
    found: dict[str, Any] = next(i for i in items if i["metadata"]["name"] == GROUP)["versions"][0]
    return found


async def until(api: Api, freshness: str) -> dict[str, Any]:
    """The same, once it is as fresh."""
    while (found := await entry(api))["freshness"] != freshness:
        changed = asyncio.Event()
        api.app.aggregator.on_change.append(changed.set)
        await changed.wait()
    return found


def test_the_group_is_listed_by_its_priority() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api):
            names = [g["name"] for g in (await api.get("/apis")).json["groups"]]
            assert names.index(GROUP) == len(names) - 1
            await api.patch(f"{SERVICES}/{NAME}", {"spec": {"groupPriorityMinimum": 17790}})
            names = [g["name"] for g in (await api.get("/apis")).json["groups"]]
            assert names[:3] == ["apiregistration.k8s.io", "apps", GROUP]

    drive(scenario)


def test_the_group_has_a_document_of_its_own() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api):
            found = (await api.get(f"/apis/{GROUP}")).json
            assert found["preferredVersion"] == {"groupVersion": f"{GROUP}/{VERSION}", "version": VERSION}

    drive(scenario)


def test_the_versions_document_comes_from_the_extension_server() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api):
            assert (await api.get(ROOT)).json["resources"] == [FLUNDER, STATUS]

    drive(scenario)


def test_a_resource_list_is_brought_into_the_aggregated_form() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api):
            found = await until(api, "Current")
            (resource,) = found["resources"]
            assert (resource["resource"], resource["scope"]) == ("flunders", "Namespaced")
            assert resource["responseKind"]["kind"] == "Flunder"
            assert [s["subresource"] for s in resource["subresources"]] == ["status"]

    drive(scenario)


def test_an_aggregated_document_is_taken_as_it_is() -> None:
    async def scenario(api: Api) -> None:
        extension = Extension()
        version = {"version": VERSION, "resources": [{"resource": "flunders", "verbs": ["get"]}]}
        extension.aggregated = {"items": [{"metadata": {"name": GROUP}, "versions": [version]}]}
        async with extension.serving():
            api.app.aggregator.start()
            await expose(api, extension)
            await api.create(SERVICES, api_service(extension.ca))
            assert await until(api, "Current") == {**version, "freshness": "Current"}

    drive(scenario)


def test_what_a_lost_server_served_is_stale() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api):
            await until(api, "Current")
        await in_time(api, "FailedDiscoveryCheck")
        found = await until(api, "Stale")
        assert [r["resource"] for r in found["resources"]] == ["flunders"]

    drive(scenario)


def test_a_server_that_never_answered_has_a_stale_empty_version() -> None:
    async def scenario(api: Api) -> None:
        await api.create(SERVICES, api_service())
        assert await entry(api) == {"version": VERSION, "freshness": "Stale"}

    drive(scenario)


def test_a_group_goes_with_its_last_apiservice() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api):
            await api.ask("DELETE", f"{SERVICES}/{NAME}")
            assert GROUP not in [g["name"] for g in (await api.get("/apis")).json["groups"]]
            assert (await api.get(f"/apis/{GROUP}")).status == 404

    drive(scenario)


def test_a_subresource_without_its_resource_stands_under_one_without_verbs() -> None:
    (found,) = converted([STATUS])
    assert (found["resource"], found["verbs"]) == ("flunders", [])
    assert found["subresources"][0]["subresource"] == "status"


def test_a_local_apiservice_of_a_group_that_nobody_serves_is_listed_only() -> None:
    async def scenario(api: Api) -> None:
        local = api_service(service=None, insecureSkipTLSVerify=False)
        await api.create(SERVICES, local)
        assert GROUP in [g["name"] for g in (await api.get("/apis")).json["groups"]]
        items = (await api.get("/apis", AGGREGATED)).json["items"]
        assert GROUP not in [item["metadata"]["name"] for item in items]
        assert (await api.get(ROOT)).status == 404

    drive(scenario)
