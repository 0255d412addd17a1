"""Webhooks and custom resources: versions, pruning, and definitions themselves."""

from __future__ import annotations

from typing import Any

from ...customresources.widgets import (
    DEFINITIONS,
    GROUP,
    ROOT,
    WIDGETS,
    define,
    definition,
    spec_of,
    version,
    widget,
)
from ...harness import Api, drive
from .hooks import configure, denying, patching, rule, serving_hooks

Object = dict[str, Any]
V2 = f"{ROOT}/v2/namespaces/default/widgets"


def two_versions() -> Object:
    schema = spec_of(size={"type": "integer", "default": 1}, color={"type": "string"})
    return definition(version("v1", schema=schema), version("v2", storage=False, schema=schema))


def test_what_a_hook_adds_to_a_custom_resource_is_pruned_and_defaulted() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await define(api, two_versions())
            spec = {"op": "add", "path": "/spec", "value": {"color": "red", "unheard": 1}}
            hooks.decisions["set"] = patching(spec)
            await configure(api, "mutating", hooks.hook("set", rules=[rule("widgets", group=GROUP)]))
            made = await api.create(WIDGETS, widget())
            assert made["spec"] == {"color": "red", "size": 1}

    drive(scenario)


def test_a_rule_for_one_version_sees_writes_of_the_other() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await define(api, two_versions())
            color = {"op": "add", "path": "/spec/color", "value": "red"}
            hooks.decisions["set"] = patching(color)
            await configure(api, "mutating", hooks.hook("set", rules=[rule("widgets", group=GROUP)]))
            made = await api.create(V2, widget(api_version=f"{GROUP}/v2", spec={}))
            asked = hooks.request()
            assert asked["object"]["apiVersion"] == f"{GROUP}/v1"
            assert (asked["kind"]["version"], asked["requestKind"]["version"]) == ("v1", "v2")
            assert (made["apiVersion"], made["spec"]) == (f"{GROUP}/v2", {"color": "red", "size": 1})

    drive(scenario)


def test_updates_and_deletions_of_custom_resources_can_be_refused() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await define(api, two_versions())
            await api.create(WIDGETS, widget())
            hooks.decisions["deny"] = denying("not so")
            rules = [rule("widgets", "UPDATE", "DELETE", group=GROUP, version="*")]
            await configure(api, "validating", hooks.hook("deny", rules=rules))
            path = f"{WIDGETS}/a"
            changed = await api.ask("PATCH", path, {"spec": {"size": 2}}, kind="application/merge-patch+json")
            assert changed.status == 400
            assert (await api.ask("DELETE", path)).status == 400

    drive(scenario)


def test_definitions_can_be_refused() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["deny"] = denying("no new kinds")
            rules = [rule("customresourcedefinitions", group="apiextensions.k8s.io")]
            await configure(api, "validating", hooks.hook("deny", rules=rules))
            assert (await api.ask("POST", DEFINITIONS, definition())).status == 400

    drive(scenario)
