"""Many definitions at once, and definitions that come and go: all is told right, and nothing is left."""

from __future__ import annotations

import asyncio
import gc

from wherry.apiserver.customresources.scope import CustomScope
from wherry.apiserver.endpoints import metrics
from wherry.apiserver.storage.watch_cache import WatchCache

from ..harness import Api, drive
from .widgets import DEFINITIONS, GROUP, ROOT, condition, define, definition, spec_of, version, widget

MANY = 120
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


async def all_established(api: Api) -> None:
    async with api.watch(f"{DEFINITIONS}?watch=1") as stream:
        served: set[str] = set()
        while len(served) < MANY:
            _, obj = await stream.event()
            if condition(obj, "Established"):
                served.add(obj["metadata"]["name"])


async def all_gone(api: Api) -> None:
    there = (await api.get(DEFINITIONS)).json
    left = {item["metadata"]["name"] for item in there["items"]}
    since = there["metadata"]["resourceVersion"]
    async with api.watch(f"{DEFINITIONS}?watch=1&resourceVersion={since}") as stream:
        while left:
            kind, obj = await stream.event()
            if kind == "DELETED":
                left.discard(obj["metadata"]["name"])


def test_many_definitions_at_once_are_all_served_and_all_go() -> None:
    async def scenario(api: Api) -> None:
        plurals = [f"things{i}" for i in range(MANY)]
        await asyncio.gather(*(api.create(DEFINITIONS, definition(plural=plural)) for plural in plurals))
        await all_established(api)
        listed = {resource["name"] for resource in (await api.get(f"{ROOT}/v1")).json["resources"]}
        assert listed == set(plurals)
        paths = (await api.get(f"/openapi/v3{ROOT}/v1")).json["paths"]
        assert all(f"{ROOT}/v1/namespaces/{{namespace}}/{plural}" in paths for plural in plurals)
        assert (await api.ask("DELETE", DEFINITIONS)).status == 200
        await all_gone(api)
        assert (await api.get(f"{ROOT}/v1")).status == 404
        assert GROUP not in (await api.get("/apis", DISCOVERY)).text
        assert f"apis/{GROUP}/v1" not in (await api.get("/openapi/v3")).json["paths"]

    drive(scenario)


def scopes() -> int:
    gc.collect()
    return sum(isinstance(one, CustomScope) for one in gc.get_objects())


def test_nothing_is_left_of_what_came_and_went() -> None:
    async def scenario(api: Api) -> None:
        await define(api, definition(plural="gadgets"))
        before = scopes()
        for number in range(10):
            text = {"type": "string", "default": f"d{number}"}
            await define(api, definition(version(schema=spec_of(a=text))))
            made = await api.create(f"{ROOT}/v1/namespaces/default/widgets", widget(spec={}))
            assert made["spec"] == {"a": f"d{number}"}
            assert f'"d{number}"' in (await api.get(f"/openapi/v3{ROOT}/v1")).text
            async with api.watch(f"{DEFINITIONS}?watch=1&resourceVersion={api.revision}") as stream:
                await api.ask("DELETE", f"{DEFINITIONS}/widgets.{GROUP}")
                while (await stream.event())[0] != "DELETED":
                    pass
        found = (await api.get(f"/openapi/v3{ROOT}/v1")).text
        assert "Widget" not in found and "Gadget" in found
        assert scopes() == before

    drive(scenario)


def test_no_memory_is_kept_for_names_that_came_and_went() -> None:
    async def scenario(api: Api) -> None:
        for number in range(3):
            plural = f"things{number}"
            await define(api, definition(plural=plural))
            path = f"{ROOT}/v1/namespaces/default/{plural}"
            await api.create(path, {**widget(), "kind": plural.capitalize()})
            async with (
                api.watch(f"{DEFINITIONS}?watch=1&resourceVersion={api.revision}") as stream,
                api.watch(f"{path}?watch=1") as open_watch,
            ):
                await open_watch.reply_started()
                await api.ask("DELETE", f"{DEFINITIONS}/{plural}.{GROUP}")
                while (await stream.event())[0] != "DELETED":
                    pass
                while await open_watch.line():
                    pass
        gc.collect()
        caches = {one.prefix for one in gc.get_objects() if isinstance(one, WatchCache)}
        assert not caches & {f"/registry/things{number}.{GROUP}/" for number in range(3)}
        shown = metrics.render()
        assert not [number for number in range(3) if f'resource="things{number}"' in shown]

    drive(scenario)


def test_a_definition_may_have_a_thousand_versions() -> None:
    async def scenario(api: Api) -> None:
        await define(api, definition(*(version(f"v{i}", storage=i == 1) for i in range(1, 1001))))
        await api.create(f"{ROOT}/v1/namespaces/default/widgets", widget())
        found = (await api.get(f"{ROOT}/v1000/namespaces/default/widgets/a")).json
        assert found["apiVersion"] == f"{GROUP}/v1000"
        group = (await api.get(ROOT)).json
        assert len(group["versions"]) == 1000
        assert group["preferredVersion"]["version"] == "v1000"

    drive(scenario)
