"""ValidatingAdmissionWebhook: hooks may refuse, all of those concerned are asked."""

from __future__ import annotations

import pytest
from wherry.apiserver.endpoints.internal import InternalWriter

from ...harness import CONFIG_MAPS, DEFAULT, Api, config_map, drive
from .hooks import REGISTRATION, configure, denying, rule, serving_hooks


@pytest.mark.parametrize(
    ("status", "code", "reason", "message"),
    [
        ({"message": "no", "code": 402, "reason": "Because"}, 402, "Because", ": no"),
        ({"message": "no"}, 400, None, ": no"),
        ({"reason": "Because", "code": 200}, 400, "Because", ": Because"),
        ({}, 400, None, " without explanation"),
        ({"code": 418, "message": "x", "status": "Success"}, 418, None, ": x"),
    ],
)
def test_a_denial_carries_the_webhooks_status(
    status: dict[str, object], code: int, reason: str | None, message: str
) -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["deny"] = denying(**status)  # type: ignore[arg-type]
            await configure(api, "validating", hooks.hook("deny"))
            reply = await api.ask("POST", CONFIG_MAPS, config_map())
            assert reply.status == code
            assert reply.json["code"] == code
            assert reply.json["status"] == "Failure"
            assert reply.json.get("reason") == reason
            assert reply.message == f'admission webhook "deny.example.com" denied the request{message}'
            assert (await api.get(f"{CONFIG_MAPS}/a")).status == 404

    drive(scenario)


def test_details_of_a_denial_are_passed_on() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            details = {"causes": [{"field": "data", "message": "empty"}]}
            hooks.decisions["deny"] = denying("no", details=details)
            await configure(api, "validating", hooks.hook("deny"))
            reply = await api.ask("POST", CONFIG_MAPS, config_map())
            assert reply.json["details"] == details

    drive(scenario)


def test_all_hooks_are_asked_at_once_and_the_first_refusal_is_told() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["two"] = denying("second")
            hooks.decisions["three"] = denying("third")
            await configure(api, "validating", hooks.hook("three"), name="b")
            await configure(api, "validating", hooks.hook("one"), hooks.hook("two"), name="a")
            reply = await api.ask("POST", CONFIG_MAPS, config_map())
            assert reply.message.endswith("second")
            assert sorted(hooks.paths) == ["one", "three", "two"]

    drive(scenario)


def test_warnings_reach_the_caller_whatever_the_verdict() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["warn"] = lambda asked: {
                "allowed": asked["object"]["metadata"]["name"] == "a",
                "warnings": ["careful"],
            }
            await configure(api, "validating", hooks.hook("warn"))
            for name in ("a", "b"):
                reply = await api.ask("POST", CONFIG_MAPS, config_map(name))
                assert reply.status == (201 if name == "a" else 400)
                assert reply.header("warning") == '299 - "careful"'

    drive(scenario)


def test_an_object_is_validated_as_it_will_be_stored() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await configure(api, "validating", hooks.hook("look"))
            await api.create(CONFIG_MAPS, config_map(data={"k": "v"}))
            shown = hooks.request()["object"]
            assert (shown["kind"], shown["apiVersion"]) == ("ConfigMap", "v1")
            assert shown["metadata"]["uid"]
            assert shown["data"] == {"k": "v"}

    drive(scenario)


def test_a_deletion_shows_the_old_object_and_can_be_refused() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["deny"] = denying("stays")
            await configure(api, "validating", hooks.hook("deny", rules=[rule("configmaps", "DELETE")]))
            await api.create(CONFIG_MAPS, config_map())
            reply = await api.ask("DELETE", f"{CONFIG_MAPS}/a", {"gracePeriodSeconds": 0})
            assert reply.message == 'admission webhook "deny.example.com" denied the request: stays'
            asked = hooks.request()
            assert asked["object"] is None
            assert asked["oldObject"]["metadata"]["name"] == asked["name"] == "a"
            assert asked["options"] == {
                "kind": "DeleteOptions",
                "apiVersion": "meta.k8s.io/v1",
                "gracePeriodSeconds": 0,
            }

    drive(scenario)


def test_a_deleted_collection_is_asked_about_one_by_one_without_names() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await configure(api, "validating", hooks.hook("look", rules=[rule("configmaps", "DELETE")]))
            for name in ("a", "b"):
                await api.create(CONFIG_MAPS, config_map(name))
            await api.ask("DELETE", CONFIG_MAPS)
            asked = [review["request"] for _, review in hooks.asked]
            assert [each["oldObject"]["metadata"]["name"] for each in asked] == ["a", "b"]
            assert all("name" not in each for each in asked)

    drive(scenario)


def test_configurations_themselves_are_never_asked_about() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            everything = rule("*/*", "*", group="*", version="*")
            hooks.decisions["deny"] = denying("nothing goes")
            await configure(api, "validating", hooks.hook("deny", rules=[everything]))
            await configure(api, "mutating", hooks.hook("deny", rules=[everything]))
            for mode in ("validating", "mutating"):
                path = f"{REGISTRATION}/{mode}webhookconfigurations/hooks"
                assert (await api.ask("DELETE", path)).status == 200
            assert hooks.asked == []
            await api.create(CONFIG_MAPS, config_map())

    drive(scenario)


def test_changes_of_a_configuration_count_at_once() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["deny"] = denying("no")
            await configure(api, "validating", hooks.hook("deny", rules=[rule("secrets")]))
            await api.create(CONFIG_MAPS, config_map())
            path = f"{REGISTRATION}/validatingwebhookconfigurations/hooks"
            changed = {"webhooks": [hooks.hook("deny")]}
            await api.patch(path, changed)
            assert (await api.ask("POST", CONFIG_MAPS, config_map("b"))).status == 400
            await api.ask("DELETE", path)
            await api.create(CONFIG_MAPS, config_map("b"))

    drive(scenario)


def test_reviews_of_access_pass_by_webhooks_too() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            rules = [rule("localsubjectaccessreviews", group="authorization.k8s.io")]
            hooks.decisions["deny"] = denying("no")
            await configure(api, "validating", hooks.hook("deny", rules=rules))
            path = f"{DEFAULT.replace('/api/v1', '/apis/authorization.k8s.io/v1')}/localsubjectaccessreviews"
            attributes = {"namespace": "default", "verb": "get", "resource": "pods"}
            reply = await api.ask("POST", path, {"spec": {"user": "u", "resourceAttributes": attributes}})
            assert reply.status == 400, reply.text

    drive(scenario)


def test_what_the_server_writes_itself_waits_for_nobody() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["deny"] = denying("nothing goes")
            everything = hooks.hook("deny", rules=[rule("*/*", "*", group="*", version="*")])
            for mode in ("mutating", "validating"):
                await configure(api, mode, everything)
            writer = InternalWriter(api.app.server)
            own = await writer.create("", "configmaps", {"metadata": {"name": "own", "namespace": "default"}})
            await writer.update("", "configmaps", {**own, "data": {"k": "v"}})
            await writer.delete("", "configmaps", "default", "own")
            assert hooks.asked == []
            assert (await api.ask("POST", CONFIG_MAPS, config_map())).status == 400

    drive(scenario)
