"""What hooks are shown of subresources and connections: what the client sent, not what it leads to."""

from __future__ import annotations

from typing import Any

import pytest

from ...endpoints.subresources.kubelet import node_with_pod
from ...harness import CONFIG_MAPS, DEFAULT, NAMESPACES, PODS, Api, config_map, drive, pod, websocket
from .hooks import configure, denying, patching, rule, serving_hooks

Object = dict[str, Any]
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


def deployment() -> Object:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": pod()["spec"]}
    return {
        "metadata": {"name": "d"},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
    }


def test_a_scale_is_shown_as_a_scale_and_can_be_changed() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["cap"] = patching({"op": "replace", "path": "/spec/replicas", "value": 3})
            rules = [rule("deployments/scale", "UPDATE", group="apps")]
            await configure(api, "mutating", hooks.hook("cap", rules=rules))
            await configure(api, "validating", hooks.hook("look", rules=rules))
            await api.create(DEPLOYMENTS, deployment())
            scaled = await api.patch(f"{DEPLOYMENTS}/d/scale", {"spec": {"replicas": 9}})
            assert scaled["spec"] == {"replicas": 3}
            assert (await api.get(f"{DEPLOYMENTS}/d")).json["spec"]["replicas"] == 3
            first, second = hooks.request(0), hooks.request(1)
            assert first["kind"] == {"group": "autoscaling", "version": "v1", "kind": "Scale"}
            assert first["resource"] == {"group": "apps", "version": "v1", "resource": "deployments"}
            assert (first["oldObject"]["spec"], first["object"]["spec"]) == ({"replicas": 1}, {"replicas": 9})
            assert second["object"]["spec"] == {"replicas": 3}

    drive(scenario)


def test_a_deletion_is_shown_with_the_terms_it_goes_by() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            rules = [rule("pods", "DELETE"), rule("namespaces", "DELETE")]
            await configure(api, "validating", hooks.hook("look", rules=rules))
            uid = (await api.create(NAMESPACES, {"metadata": {"name": "n"}}))["metadata"]["uid"]
            await api.create(PODS, pod(nodeName="n1", terminationGracePeriodSeconds=7))
            await api.ask("DELETE", f"{PODS}/a")
            await api.ask("DELETE", f"{NAMESPACES}/n")
            assert hooks.request(0)["options"]["gracePeriodSeconds"] == 7
            assert hooks.request(1)["options"]["preconditions"] == {"uid": uid}

    drive(scenario)


def test_a_generated_name_is_known_to_those_who_validate() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            for mode in ("mutating", "validating"):
                await configure(api, mode, hooks.hook(mode))
            made = await api.create(CONFIG_MAPS, {"metadata": {"generateName": "a-"}})
            assert "name" not in hooks.request(0)
            assert hooks.request(1)["name"] == made["metadata"]["name"]

    drive(scenario)


def test_a_replacement_is_shown_in_its_namespace() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await configure(api, "mutating", hooks.hook("look", rules=[rule("configmaps", "UPDATE")]))
            await api.create(CONFIG_MAPS, config_map())
            await api.put(f"{CONFIG_MAPS}/a", {"metadata": {"name": "a"}})
            assert hooks.request(0)["object"]["metadata"]["namespace"] == "default"

    drive(scenario)


def test_a_whole_deployments_rule_does_not_see_its_scale() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            rules = [rule("deployments", "*", group="apps")]
            await configure(api, "validating", hooks.hook("look", rules=rules))
            await api.create(DEPLOYMENTS, deployment())
            await api.patch(f"{DEPLOYMENTS}/d/scale", {"spec": {"replicas": 2}})
            assert len(hooks.asked) == 1

    drive(scenario)


def test_an_eviction_is_admitted_and_the_deletion_behind_it_is_not() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await api.create(PODS, pod())
            rules = [rule("pods", "DELETE", "UPDATE"), rule("pods/*", "*")]
            await configure(api, "validating", hooks.hook("look", rules=rules))
            body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "a"}}
            assert (await api.ask("POST", f"{PODS}/a/eviction", body)).status == 201
            asked = hooks.request()
            assert hooks.paths == ["look"]
            assert (asked["operation"], asked["subResource"]) == ("CREATE", "eviction")
            assert asked["kind"] == {"group": "policy", "version": "v1", "kind": "Eviction"}
            assert asked["object"]["metadata"] == {"name": "a", "namespace": "default"}

    drive(scenario)


def test_a_binding_is_admitted_and_the_change_behind_it_is_not() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            labels = {"topology.kubernetes.io/zone": "z"}
            await api.create("/api/v1/nodes", {"metadata": {"name": "n1", "labels": labels}})
            await api.create(PODS, pod())
            rules = [rule("pods", "UPDATE"), rule("pods/*", "*")]
            await configure(api, "validating", hooks.hook("look", rules=rules))
            body = {
                "apiVersion": "v1",
                "kind": "Binding",
                "metadata": {"name": "a"},
                "target": {"name": "n1"},
            }
            assert (await api.ask("POST", f"{PODS}/a/binding", body)).status == 201
            assert hooks.paths == ["look"]
            assert hooks.request()["object"]["target"] == {"name": "n1"}
            assert hooks.request()["object"]["metadata"]["labels"] == labels

    drive(scenario)


def test_a_token_request_is_shown() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await configure(api, "validating", hooks.hook("look", rules=[rule("serviceaccounts/token")]))
            body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
            assert (await api.ask("POST", f"{DEFAULT}/serviceaccounts/default/token", body)).status == 201
            asked = hooks.request()
            assert (asked["name"], asked["kind"]["kind"]) == ("default", "TokenRequest")

    drive(scenario)


CONNECTIONS = [
    (
        "exec",
        "?command=ls&command=-l&container=c&stdout=1&stdin=true&tty=0",
        {"kind": "PodExecOptions", "stdin": True, "stdout": True, "container": "c", "command": ["ls", "-l"]},
    ),
    ("attach", "?container=c&stdin=true", {"kind": "PodAttachOptions", "stdin": True, "container": "c"}),
    ("portforward", "?ports=80", {"kind": "PodPortForwardOptions", "ports": [80]}),
]


@pytest.mark.parametrize(("action", "query", "shown"), CONNECTIONS)
def test_a_connection_is_shown_with_its_options_as_the_object(action: str, query: str, shown: Object) -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks, node_with_pod(api):
            hooks.decisions["look"] = denying("no way in")
            await configure(api, "validating", hooks.hook("look", rules=[rule("pods/*", "CONNECT")]))
            await websocket(api, f"{PODS}/a/{action}{query}", [], "v5.channel.k8s.io")
            asked = hooks.request()
            assert (asked["operation"], asked["name"], asked["subResource"]) == ("CONNECT", "a", action)
            assert asked["object"] == {"apiVersion": "v1", **shown}
            assert (asked["oldObject"], asked["options"]) == (None, None)

    drive(scenario)


def test_a_proxied_request_is_refused_in_the_hooks_words() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["deny"] = denying("closed")
            await configure(api, "validating", hooks.hook("deny", rules=[rule("services/proxy", "CONNECT")]))
            reply = await api.get(f"{DEFAULT}/services/s:80/proxy/some/path/")
            assert reply.message == 'admission webhook "deny.example.com" denied the request: closed'
            asked = hooks.request()
            assert asked["object"] == {
                "kind": "ServiceProxyOptions",
                "apiVersion": "v1",
                "path": "/some/path/",
            }
            assert asked["name"] == "s:80"

    drive(scenario)


def test_a_hook_can_change_what_is_executed() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks, node_with_pod(api):
            hooks.decisions["set"] = patching({"op": "replace", "path": "/command", "value": ["id", "-u"]})
            await configure(api, "mutating", hooks.hook("set", rules=[rule("pods/exec", "CONNECT")]))
            path = f"{PODS}/a/exec?command=sh&container=c&stdout=true"
            told = await websocket(api, path, [b"end"], "v5.channel.k8s.io")
            assert b"command=id&command=-u" in next(m["bytes"] for m in told if m.get("bytes"))

    drive(scenario)
