"""Which requests a hook is asked about, and in which version it is shown them."""

from __future__ import annotations

from typing import Any

import pytest

from ...harness import CONFIG_MAPS, DEFAULT, NAMESPACES, PODS, Api, config_map, drive, pod
from .hooks import Hooks, configure, patching, rule, serving_hooks

Object = dict[str, Any]
HPA = "horizontalpodautoscalers"
SCALERS = f"/apis/autoscaling/v2/namespaces/default/{HPA}"


def scaler() -> Object:
    target = {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"}
    return {"metadata": {"name": "h"}, "spec": {"maxReplicas": 2, "scaleTargetRef": target}}


async def labelled(api: Api) -> None:
    await api.patch(DEFAULT, {"metadata": {"labels": {"team": "red"}}})


SELECTORS: list[tuple[Object, bool]] = [
    ({}, True),
    ({"namespaceSelector": {"matchLabels": {"team": "red"}}}, True),
    ({"namespaceSelector": {"matchLabels": {"team": "blue"}}}, False),
    ({"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}}, False),
    ({"objectSelector": {"matchLabels": {"app": "web"}}}, True),
    ({"objectSelector": {"matchLabels": {"app": "db"}}}, False),
    ({"rules": [rule("configmaps", "UPDATE")]}, False),
    ({"rules": [rule("*", "*", group="*", version="*")]}, True),
    ({"rules": [rule("configmaps", group="apps")]}, False),
    ({"rules": [rule("configmaps/*")]}, True),
    ({"rules": [rule("*/*")]}, True),
    ({"rules": [rule("*/status")]}, False),
    ({"rules": [rule("configmaps", scope="Namespaced")]}, True),
    ({"rules": [rule("configmaps", scope="Cluster")]}, False),
    ({"rules": [rule("pods"), rule("configmaps")]}, True),
    ({"rules": []}, False),
]


@pytest.mark.parametrize(("more", "asked"), SELECTORS)
def test_rules_and_selectors_choose_requests(more: Object, asked: bool) -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await labelled(api)
            await configure(api, "validating", hooks.hook("look", **more))
            await api.create(CONFIG_MAPS, {"metadata": {"name": "a", "labels": {"app": "web"}}})
            assert bool(hooks.asked) == asked

    drive(scenario)


def test_an_objects_selector_is_satisfied_by_its_old_labels_too() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await api.create(CONFIG_MAPS, {"metadata": {"name": "a", "labels": {"app": "web"}}})
            chosen = {"objectSelector": {"matchLabels": {"app": "web"}}}
            rules = [rule("configmaps", "UPDATE", "DELETE")]
            await configure(api, "validating", hooks.hook("look", rules=rules, **chosen))
            await api.patch(f"{CONFIG_MAPS}/a", {"metadata": {"labels": {"app": None}}})
            await api.patch(f"{CONFIG_MAPS}/a", {"data": {"k": "v"}})
            assert len(hooks.asked) == 1

    drive(scenario)


def test_a_namespace_is_chosen_by_its_own_labels_and_is_in_itself() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            chosen = {"namespaceSelector": {"matchLabels": {"team": "red"}}}
            rules = [rule("namespaces", "*", scope="Cluster")]
            await configure(api, "validating", hooks.hook("look", rules=rules, **chosen))
            await api.create(NAMESPACES, {"metadata": {"name": "plain"}})
            await api.create(NAMESPACES, {"metadata": {"name": "mine", "labels": {"team": "red"}}})
            await api.ask("DELETE", f"{NAMESPACES}/mine")
            asked = [review["request"] for _, review in hooks.asked]
            assert [(each["operation"], each["namespace"]) for each in asked] == [
                ("CREATE", "mine"),
                ("DELETE", "mine"),
            ]

    drive(scenario)


def test_cluster_scoped_objects_are_exempt_from_namespace_selectors() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            chosen = {"namespaceSelector": {"matchLabels": {"team": "red"}}}
            await configure(api, "validating", hooks.hook("look", rules=[rule("nodes")], **chosen))
            await api.create("/api/v1/nodes", {"metadata": {"name": "n1"}})
            assert "namespace" not in hooks.request()

    drive(scenario)


async def ask_about_scaler(api: Api, hooks: Hooks, **more: Any) -> None:
    rules = [rule(HPA, group="autoscaling", version="v1")]
    await configure(api, "mutating", hooks.hook("look", rules=rules, **more))
    await api.create(SCALERS, scaler())


def test_a_rule_for_another_version_matches_and_shows_that_version() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await ask_about_scaler(api, hooks)
            asked = hooks.request()
            assert asked["kind"] == {
                "group": "autoscaling",
                "version": "v1",
                "kind": "HorizontalPodAutoscaler",
            }
            assert asked["resource"] == {"group": "autoscaling", "version": "v1", "resource": HPA}
            assert asked["requestKind"]["version"] == asked["requestResource"]["version"] == "v2"
            assert asked["object"]["apiVersion"] == "autoscaling/v1"

    drive(scenario)


def test_what_a_hook_changes_in_its_version_is_stored() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            cpu = {"op": "add", "path": "/spec/targetCPUUtilizationPercentage", "value": 55}
            hooks.decisions["look"] = patching(cpu)
            await ask_about_scaler(api, hooks)
            (metric,) = (await api.get(f"{SCALERS}/h")).json["spec"]["metrics"]
            assert metric["resource"]["target"]["averageUtilization"] == 55

    drive(scenario)


def test_an_exact_rule_does_not_match_another_version() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await ask_about_scaler(api, hooks, matchPolicy="Exact")
            assert hooks.asked == []

    drive(scenario)


CONDITIONS: list[tuple[list[str], bool]] = [
    (["object.metadata.name == 'a'"], True),
    (["object.metadata.name == 'b'"], False),
    (["true", "request.operation == 'UPDATE'"], False),
    (["request.userInfo.groups.exists(g, g == 'system:masters')"], True),
    (["request.namespace == 'default' && request.resource.resource == 'configmaps'"], True),
    (["oldObject == null"], True),
    (["authorizer.group('').resource('pods').namespace('x').check('get').allowed()"], True),
    (["authorizer.requestResource.check('create').allowed()"], True),
    (["object.data.none == 'x'", "false"], False),
]


@pytest.mark.parametrize(("expressions", "asked"), CONDITIONS)
def test_conditions_choose_requests(expressions: list[str], asked: bool) -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            conditions = [{"name": f"c{i}", "expression": text} for i, text in enumerate(expressions)]
            await configure(api, "validating", hooks.hook("look", matchConditions=conditions))
            await api.create(CONFIG_MAPS, config_map())
            assert bool(hooks.asked) == asked

    drive(scenario)


BROKEN = [{"name": "broken", "expression": "object.data.none == 'x'"}]


def test_a_condition_without_a_value_refuses_the_request() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await configure(api, "mutating", hooks.hook("look", matchConditions=BROKEN))
            reply = await api.ask("POST", CONFIG_MAPS, config_map())
            assert reply.status == 403
            assert reply.message == (
                "configmaps \"a\" is forbidden: expression 'object.data.none == 'x'' resulted in error: "
                "no such key: data"
            )
            assert hooks.asked == []

    drive(scenario)


def test_a_condition_without_a_value_skips_a_hook_that_fails_open() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hook = hooks.hook("look", matchConditions=BROKEN, failurePolicy="Ignore")
            await configure(api, "mutating", hook)
            await api.create(CONFIG_MAPS, config_map())
            assert hooks.asked == []

    drive(scenario)


def test_subresources_need_rules_of_their_own() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hook = hooks.hook("whole", rules=[rule("pods", "*")])
            await configure(api, "validating", hook, hooks.hook("status", rules=[rule("pods/status", "*")]))
            await api.create(PODS, pod())
            await api.patch(f"{PODS}/a/status", {"status": {"message": "m"}})
            assert hooks.paths == ["whole", "status"]
            asked = hooks.request()
            assert asked["subResource"] == asked["requestSubResource"] == "status"

    drive(scenario)
