"""The APIServices of custom resources come and go with their definitions."""

from __future__ import annotations

from typing import Any

from ..harness import Api, drive
from .extension import SERVICES, api_service

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
LABEL = "kube-aggregator.kubernetes.io/automanaged"


def version(name: str, *, storage: bool = True, served: bool = True) -> dict[str, Any]:
    schema = {"openAPIV3Schema": {"type": "object"}}
    return {"name": name, "served": served, "storage": storage, "schema": schema}


def definition(*versions: dict[str, Any]) -> dict[str, Any]:
    names = {"plural": "widgets", "kind": "Widget"}
    spec = {"group": "example.com", "scope": "Cluster", "names": names, "versions": list(versions)}
    return {"metadata": {"name": "widgets.example.com"}, "spec": spec}


async def seen(api: Api, name: str, kind: str) -> dict[str, Any]:
    """The APIService, once a watch tells this about it."""
    async with api.watch(f"{SERVICES}?watch=1&fieldSelector=metadata.name={name}") as stream:
        while True:
            told, obj = await stream.event()
            if told == kind:
                return obj


def test_a_definition_has_an_apiservice_for_each_served_version() -> None:
    async def scenario(api: Api) -> None:
        api.app.aggregator.start()
        versions = version("v1"), version("v2", storage=False), version("v3", storage=False, served=False)
        await api.create(DEFINITIONS, definition(*versions))
        first = await seen(api, "v1.example.com", "ADDED")
        await seen(api, "v2.example.com", "ADDED")
        assert (await api.get(f"{SERVICES}/v3.example.com")).status == 404
        assert first["metadata"]["labels"] == {LABEL: "true"}
        priorities = {"groupPriorityMinimum": 1000, "versionPriority": 100}
        assert first["spec"] == {"group": "example.com", "version": "v1", **priorities}
        assert first["status"]["conditions"][0]["reason"] == "Local"

    drive(scenario)


def test_the_apiservice_goes_when_its_version_is_served_no_more() -> None:
    async def scenario(api: Api) -> None:
        api.app.aggregator.start()
        one, two = version("v1"), version("v2", storage=False)
        await api.create(DEFINITIONS, definition(one, two))
        await seen(api, "v2.example.com", "ADDED")
        async with api.watch(f"{SERVICES}?watch=1&fieldSelector=metadata.name=v2.example.com") as stream:
            assert await stream.names(1) == [("ADDED", "v2.example.com")]
            await api.patch(f"{DEFINITIONS}/widgets.example.com", {"spec": {"versions": [one]}})
            assert await stream.names(1) == [("DELETED", "v2.example.com")]
        assert (await api.get(f"{SERVICES}/v1.example.com")).status == 200

    drive(scenario)


def test_an_apiservice_that_was_deleted_comes_back() -> None:
    async def scenario(api: Api) -> None:
        api.app.aggregator.start()
        await api.create(DEFINITIONS, definition(version("v1")))
        old = await seen(api, "v1.example.com", "ADDED")
        await api.ask("DELETE", f"{SERVICES}/v1.example.com")
        new = await seen(api, "v1.example.com", "ADDED")
        assert new["metadata"]["uid"] != old["metadata"]["uid"]

    drive(scenario)


def test_a_users_apiservice_stays_as_it_is() -> None:
    async def scenario(api: Api) -> None:
        own = api_service(group="example.com", version="v1") | {"metadata": {"name": "v1.example.com"}}
        await api.create(SERVICES, own)
        api.app.aggregator.start()
        both = version("v1"), version("v2", storage=False)
        await api.create(DEFINITIONS, definition(*both))
        await seen(api, "v2.example.com", "ADDED")
        kept = (await api.get(f"{SERVICES}/v1.example.com")).json
        assert kept["spec"]["groupPriorityMinimum"] == 2000
        assert LABEL not in kept["metadata"].get("labels", {})

    drive(scenario)
