"""`GET /apis/wherry.dev/v1/…/causes/RESOURCE:NAME`: an object's story, as far as the asker may see it."""

from __future__ import annotations

from wherry.apiserver.endpoints.internal import InternalWriter

from tests.apiserver.customresources.widgets import define, definition
from tests.apiserver.harness import CONFIG_MAPS, DEFAULT, Api, Object, drive

ROOT = "/apis/wherry.dev/v1"
RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"


def config_map(name: str, value: str = "1") -> Object:
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name}, "data": {"a": value}}


async def because(api: Api, name: str, *revisions: str) -> Object:
    """Creates a ConfigMap as a controller would, because of these writes."""
    cause = f"x-controller;{','.join(revisions)};default/{name}"
    reply = await api.ask("POST", CONFIG_MAPS, config_map(name), headers={"wherry-cause": cause})
    assert reply.status == 201, reply.text
    found: Object = reply.json
    return found


async def cause_of(api: Api, name: str, **headers: str) -> Object:
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    reply = await api.ask("GET", f"{ROOT}/namespaces/default/causes/{name}", headers=sent)
    assert reply.status == 200, reply.text
    found: Object = reply.json
    return found


def test_a_write_that_led_to_a_write() -> None:
    async def scenario(api: Api) -> None:
        first = await api.create(CONFIG_MAPS, config_map("first"))
        second = await because(api, "second", first["metadata"]["resourceVersion"])
        found = await cause_of(api, "configmaps:second")
        assert (found["kind"], found["apiVersion"]) == ("Cause", "wherry.dev/v1")
        assert found["metadata"] == {"name": "configmaps:second", "namespace": "default"}
        cause, own = found["status"]["writes"]
        assert (cause["role"], cause["action"], cause["object"]["name"]) == ("Cause", "created", "first")
        assert cause["user"] == "kubernetes-admin"
        assert own["parent"] == cause["revision"]
        assert str(own["revision"]) == second["metadata"]["resourceVersion"]
        assert own["reconcile"] == {
            "by": "x-controller",
            "key": "default/second",
            "because": [cause["revision"]],
        }
        effect = (await cause_of(api, "configmaps:first"))["status"]["writes"][1]
        assert (effect["role"], effect["object"]["name"]) == ("Effect", "second")

    drive(scenario)


def test_what_changed_is_told() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map("a"))
        await api.patch(f"{CONFIG_MAPS}/a", {"data": {"a": "2"}})
        write = (await cause_of(api, "configmaps:a"))["status"]["writes"][1]
        assert (write["verb"], write["action"]) == ("patch", "changed")
        assert write["changes"] == [{"path": "data.a", "from": "1", "to": "2"}]

    drive(scenario)


def test_a_deleted_object_is_still_known() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map("a"))
        await api.ask("DELETE", f"{CONFIG_MAPS}/a")
        writes = (await cause_of(api, "configmaps:a"))["status"]["writes"]
        assert [write["action"] for write in writes] == ["created", "deleted"]

    drive(scenario)


def test_objects_that_are_nowhere_are_not_found() -> None:
    async def scenario(api: Api) -> None:
        for path, message in {
            "namespaces/default/causes/configmaps:no": 'configmaps "no" not found',
            "namespaces/default/causes/nonsense:a": 'causes.wherry.dev "nonsense:a" not found',
            "namespaces/default/causes/configmaps": 'causes.wherry.dev "configmaps" not found',
            "causes/configmaps:a": 'causes.wherry.dev "configmaps:a" not found',
            "namespaces/default/causes/nodes:a": 'causes.wherry.dev "nodes:a" not found',
        }.items():
            reply = await api.get(f"{ROOT}/{path}")
            assert (reply.status, reply.message) == (404, message)

    drive(scenario)


def test_cluster_scoped_objects_and_names_with_colons() -> None:
    async def scenario(api: Api) -> None:
        group = "rbac.authorization.k8s.io"
        writer = InternalWriter(api.app.server)
        obj = {"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": {"name": "a:b"}, "rules": []}
        await writer.create(group, "clusterroles", obj)
        reply = await api.get(f"{ROOT}/causes/clusterroles.{group}:a:b")
        assert reply.status == 200, reply.text
        assert reply.json["metadata"] == {"name": f"clusterroles.{group}:a:b"}
        assert reply.json["status"]["writes"][0]["action"] == "created"

    drive(scenario)


def test_what_the_server_goes_on_to_do_is_not_the_users_who_began() -> None:
    async def scenario(api: Api) -> None:
        for plural in ("widgets", "gadgets"):
            await define(api, definition(plural=plural))
            path = f"{ROOT}/causes/customresourcedefinitions.apiextensions.k8s.io:{plural}.example.com"
            first, *others = (await api.get(path)).json["status"]["writes"]
            assert first["user"] != "system:apiserver"
            assert {write["user"] for write in others} == {"system:apiserver"}

    drive(scenario)


def test_what_the_chronicle_forgot_the_object_may_remember() -> None:
    async def scenario(api: Api) -> None:
        owner = await api.create(CONFIG_MAPS, config_map("owner"))
        meta = {key: owner["metadata"][key] for key in ("name", "uid")}
        ref = {"apiVersion": "v1", "kind": "ConfigMap", "controller": True, **meta}
        owned = config_map("owned")
        owned["metadata"]["ownerReferences"] = [ref]
        created = await api.create(CONFIG_MAPS, owned)
        await event_about(api, created)
        api.app.storage.chronicle.clear()
        status = (await cause_of(api, "configmaps:owned"))["status"]
        assert status["writes"] == []
        assert [owner["name"] for owner in status["owners"]] == ["owner"]
        texts = [entry["text"] for entry in status["remembered"]]
        assert texts[:2] == ["created", "last Update by unknown"]
        assert texts[2:] == ["event Fell: it fell"]

    drive(scenario)


async def event_about(api: Api, obj: Object) -> None:
    about = {"kind": obj["kind"], "namespace": "default", "uid": obj["metadata"]["uid"]}
    event = {
        "metadata": {"name": "e"},
        "involvedObject": about,
        "reason": "Fell",
        "message": "it fell",
        "lastTimestamp": "2026-01-01T00:00:00Z",
    }
    await api.create(f"{DEFAULT}/events", event)


async def may_read(api: Api, user: str, name: str) -> None:
    """Lets a user get one ConfigMap."""
    rule = {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": [name], "verbs": ["get"]}
    await api.create(f"{RBAC}/roles", {"metadata": {"name": "r"}, "rules": [rule]})
    group = "rbac.authorization.k8s.io"
    binding = {
        "metadata": {"name": "b"},
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "r"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
    }
    await api.create(f"{RBAC}/rolebindings", binding)


def test_who_may_see_the_object_may_ask_and_is_told_no_more() -> None:
    async def scenario(api: Api) -> None:
        first = await api.create(CONFIG_MAPS, config_map("first"))
        await because(api, "second", first["metadata"]["resourceVersion"])
        await may_read(api, "eve", "second")
        cause, own = (await cause_of(api, "configmaps:second", impersonate_user="eve"))["status"]["writes"]
        assert (cause["hidden"], cause.keys() & {"object", "user", "changes"}) == (True, set())
        assert own["object"]["name"] == "second"
        path = f"{ROOT}/namespaces/default/causes/configmaps:first"
        reply = await api.ask("GET", path, headers={"impersonate-user": "eve"})
        assert reply.status == 403
        assert 'cannot get resource "causes" in API group "wherry.dev"' in reply.message

    drive(scenario)


def test_discovery_documents_answer_but_are_not_listed() -> None:
    async def scenario(api: Api) -> None:
        assert (await api.get("/apis/wherry.dev")).json["kind"] == "APIGroup"
        listed = (await api.get("/apis/wherry.dev/v1")).json
        names = [r["name"] for r in listed["resources"]]
        assert names == ["causes", "placementrequests", "placementrequests/answer", "placements"]
        assert "wherry.dev" not in (await api.get("/apis")).text
        assert (await api.get("/apis/wherry.dev/v2")).status == 404

    drive(scenario)


def test_there_is_nothing_to_list_or_to_write() -> None:
    async def scenario(api: Api) -> None:
        for method, path, status in (
            ("GET", "namespaces/default/causes", 405),
            ("DELETE", "namespaces/default/causes/configmaps:a", 405),
            ("POST", "namespaces/default/placements", 405),
            ("GET", "namespaces/default/causes/configmaps:a/status", 404),
            ("GET", "elsewhere/a", 404),
        ):
            assert (await api.ask(method, f"{ROOT}/{path}")).status == status, path

    drive(scenario)


def test_a_yaml_reader_is_answered_in_yaml() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map("a"))
        reply = await api.get(f"{ROOT}/namespaces/default/causes/configmaps:a", "application/yaml")
        assert reply.header("content-type") == "application/yaml"
        assert "kind: Cause" in reply.text

    drive(scenario)
