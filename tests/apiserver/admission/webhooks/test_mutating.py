"""MutatingAdmissionWebhook: one after the other, each sees what those before it did."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ...harness import CONFIG_MAPS, PODS, Api, config_map, drive, pod
from .hooks import Decide, configure, patching, rule, serving_hooks, setting

Object = dict[str, Any]


def test_hooks_run_by_configuration_name_and_then_in_order() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            for path in ("one", "two", "three"):
                hooks.decisions[path] = setting(path, path)
            await configure(api, "mutating", hooks.hook("two"), hooks.hook("three"), name="b")
            await configure(api, "mutating", hooks.hook("one"), name="a")
            made = await api.create(CONFIG_MAPS, config_map())
            assert hooks.paths == ["one", "two", "three"]
            assert made["data"] == {"one": "one", "two": "two", "three": "three"}
            assert hooks.request()["object"]["data"] == {"one": "one", "two": "two"}

    drive(scenario)


def test_what_a_hook_adds_is_defaulted_and_what_nobody_knows_dropped() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            init = {"name": "init", "image": "i", "unheard": 1}
            hooks.decisions["inject"] = patching(
                {"op": "add", "path": "/spec/initContainers", "value": [init]}
            )
            await configure(api, "mutating", hooks.hook("inject", rules=[rule("pods")]))
            made = await api.create(PODS, pod())
            (container,) = made["spec"]["initContainers"]
            assert container["terminationMessagePolicy"] == "File"
            assert container["imagePullPolicy"] == "Always"
            assert "unheard" not in container

    drive(scenario)


def test_in_tree_plugins_run_again_after_a_hook_changed_the_object() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            init = {"name": "init", "image": "i"}
            hooks.decisions["inject"] = patching(
                {"op": "add", "path": "/spec/initContainers", "value": [init]}
            )
            await configure(api, "mutating", hooks.hook("inject", rules=[rule("pods")]))
            made = await api.create(PODS, pod())
            mounts = made["spec"]["initContainers"][0]["volumeMounts"]
            assert [mount["mountPath"] for mount in mounts] == [
                "/var/run/secrets/kubernetes.io/serviceaccount"
            ]
            assert len([v for v in made["spec"]["volumes"] if v["name"].startswith("kube-api-access")]) == 1
            assert hooks.paths == ["inject"]

    drive(scenario)


def test_a_hook_that_asks_for_it_is_asked_again_when_a_later_one_changed_something() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["second"] = setting("second", "yes")
            first = hooks.hook("first", reinvocationPolicy="IfNeeded")
            await configure(api, "mutating", first, hooks.hook("second"))
            await api.create(CONFIG_MAPS, config_map())
            assert hooks.paths == ["first", "second", "first"]
            assert hooks.request()["object"]["data"] == {"second": "yes"}

    drive(scenario)


def test_a_hook_is_not_asked_again_for_its_own_change() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["only"] = setting("k", "v")
            await configure(api, "mutating", hooks.hook("only", reinvocationPolicy="IfNeeded"))
            await api.create(CONFIG_MAPS, config_map())
            assert hooks.paths == ["only"]

    drive(scenario)


def test_a_hook_skipped_the_first_time_is_skipped_the_second() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            label = {"op": "add", "path": "/metadata/labels", "value": {"seen": "yes"}}
            hooks.decisions["second"] = patching(label)
            selector = {"matchLabels": {"seen": "yes"}}
            first = hooks.hook("first", reinvocationPolicy="IfNeeded", objectSelector=selector)
            await configure(api, "mutating", first, hooks.hook("second"))
            await api.create(CONFIG_MAPS, config_map())
            assert hooks.paths == ["second"]

    drive(scenario)


def test_an_update_shows_both_objects_and_changes_reach_the_store() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["set"] = setting("hook", "was here")
            await configure(api, "mutating", hooks.hook("set", rules=[rule("configmaps", "UPDATE")]))
            await api.create(CONFIG_MAPS, config_map(data={"k": "1"}))
            changed = await api.patch(f"{CONFIG_MAPS}/a", {"data": {"k": "2"}})
            assert changed["data"] == {"k": "2", "hook": "was here"}
            asked = hooks.request()
            assert asked["oldObject"]["data"] == {"k": "1"}
            assert asked["object"]["data"] == {"k": "2"}
            assert (await api.get(f"{CONFIG_MAPS}/a")).json["data"] == changed["data"]

    drive(scenario)


def test_nobody_owns_what_a_hook_set() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["set"] = setting("hook", "was here")
            await configure(api, "mutating", hooks.hook("set"))
            made = await api.create(CONFIG_MAPS, config_map(data={"k": "1"}))
            (entry,) = made["metadata"]["managedFields"]
            assert entry["fieldsV1"]["f:data"] == {".": {}, "f:k": {}}

    drive(scenario)


def test_an_applied_configuration_passes_by_hooks_as_create_and_update() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            rules = [rule("configmaps", "CREATE", "UPDATE")]
            await configure(api, "mutating", hooks.hook("look", rules=rules))
            for value in ("1", "2"):
                body = {
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "metadata": {"name": "a"},
                    "data": {"k": value},
                }
                path = f"{CONFIG_MAPS}/a?fieldManager=me&force=true"
                reply = await api.ask("PATCH", path, body, kind="application/apply-patch+yaml")
                assert reply.status in (200, 201)
            operations = [review["request"]["operation"] for _, review in hooks.asked]
            kinds = [review["request"]["options"]["kind"] for _, review in hooks.asked]
            assert operations == ["CREATE", "UPDATE"]
            assert kinds == ["CreateOptions", "UpdateOptions"]
            assert hooks.request()["options"]["fieldManager"] == "me"

    drive(scenario)


def encoded(patch: bytes, **more: str) -> Decide:
    return lambda asked: {"allowed": True, "patch": base64.b64encode(patch).decode(), **more}


FAILED = 'Internal error occurred: failed calling webhook "bad.example.com": '
INVALID = f"{FAILED}received invalid webhook response: webhook returned "
PATCHES: list[tuple[Decide, str]] = [
    (
        patching({"op": "remove", "path": "/data/none"}),
        'Internal error occurred: remove operation does not apply: doc is missing path: "/data/none": '
        "missing value",
    ),
    (
        encoded(b"{}", patchType="JSONPatch"),
        f"{FAILED}received undecodable patch in webhook response: json: cannot unmarshal object into Go "
        "value of type jsonpatch.Patch",
    ),
    (encoded(b"[]"), f"{INVALID}response.patch but not response.patchType"),
    (encoded(b"", patchType="JSONPatch"), f"{INVALID}response.patchType but not response.patch"),
    (encoded(b'[{"op": "test"}]', patchType="Merge"), f'{FAILED}unsupported patch type "Merge"'),
]


@pytest.mark.parametrize(("decision", "message"), PATCHES)
def test_a_patch_that_is_none_fails_the_request(decision: Decide, message: str) -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["bad"] = decision
            await configure(api, "mutating", hooks.hook("bad"))
            reply = await api.ask("POST", CONFIG_MAPS, config_map())
            assert (reply.status, reply.message) == (500, message)

    drive(scenario)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ({"op": "replace", "path": "/kind", "value": "Secret"}, 500),
        ({"op": "replace", "path": "/data", "value": 7}, 500),
        ({"op": "replace", "path": "/metadata/namespace", "value": "kube-system"}, 400),
        ({"op": "replace", "path": "/metadata/name", "value": "Not a name"}, 422),
    ],
)
def test_a_patch_cannot_make_what_a_client_could_not(operation: Object, code: int) -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["bad"] = patching(operation)
            await configure(api, "mutating", hooks.hook("bad"))
            reply = await api.ask("POST", CONFIG_MAPS, config_map())
            assert reply.status == code, reply.text

    drive(scenario)


def test_a_deletion_cannot_be_patched() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["bad"] = patching({"op": "add", "path": "/data", "value": {}})
            await configure(api, "mutating", hooks.hook("bad", rules=[rule("configmaps", "DELETE")]))
            await api.create(CONFIG_MAPS, config_map())
            reply = await api.ask("DELETE", f"{CONFIG_MAPS}/a")
            assert reply.status == 500
            assert reply.message.endswith(
                'admission webhook "bad.example.com" attempted to modify the object, which is not supported '
                "for this operation"
            )

    drive(scenario)


def test_an_older_hook_is_spoken_to_in_its_version_and_needs_no_patch_type() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            operation = {"op": "add", "path": "/data", "value": {"k": "v"}}
            hooks.decisions["old"] = lambda asked: {
                **patching(operation)(asked),
                "uid": "",
                "patchType": None,
            }
            await configure(api, "mutating", hooks.hook("old", admissionReviewVersions=["v1beta1", "v1"]))
            made = await api.create(CONFIG_MAPS, config_map())
            assert made["data"] == {"k": "v"}
            assert hooks.asked[0][1]["apiVersion"] == "admission.k8s.io/v1beta1"

    drive(scenario)


def test_owners_that_make_no_sense_are_put_back_with_a_warning() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            owners = [{"manager": "m", "operation": "Guess", "apiVersion": "v1", "fieldsType": "FieldsV1"}]
            hooks.decisions["own"] = patching(
                {"op": "replace", "path": "/metadata/managedFields", "value": owners}
            )
            await configure(api, "mutating", hooks.hook("own"))
            reply = await api.ask("POST", CONFIG_MAPS, config_map(data={"k": "v"}))
            (entry,) = reply.json["metadata"]["managedFields"]
            assert entry["operation"] == "Update"
            assert reply.header("warning").endswith(
                'please fix your requests: operation must be `Apply` or `Update`"'
            )

    drive(scenario)


def test_owner_references_that_a_hook_repeats_count_once() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            owner = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}
            hooks.decisions["own"] = patching(
                {"op": "add", "path": "/metadata/ownerReferences", "value": [owner, owner]}
            )
            await configure(api, "mutating", hooks.hook("own"))
            reply = await api.ask("POST", CONFIG_MAPS, config_map())
            assert reply.json["metadata"]["ownerReferences"] == [owner]
            assert "duplicate entries after mutating admission happens" in reply.header("warning")

    drive(scenario)
