"""What a Go client is answered: objects, lists, errors and watches in protobuf."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.protobuf import MAGIC, decode, encode

from ...apimachinery.protobuf import official
from ..harness import CONFIG_MAPS, DEFAULT, JSON, PODS, Api, Reply, Stream, config_map, drive, pod

PROTOBUF = "application/vnd.kubernetes.protobuf"
GO_CLIENT = f"{PROTOBUF},{JSON}"
PARTIAL = f"{PROTOBUF};as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
UNRECOGNIZED = "the object provided is unrecognized (must be of type ConfigMap): "
PARTIALS = f"{PROTOBUF};as=PartialObjectMetadataList;v={{}};g=meta.k8s.io"


def read(reply: Reply) -> dict[str, Any]:
    assert reply.header("content-type") == PROTOBUF, reply.raw
    return decode(reply.body)[1]


async def same(api: Api, path: str, query: str = "") -> None:
    """JSON and protobuf say the same of a path."""
    reply = await api.get(path + query, GO_CLIENT)
    assert reply.body == encode((await api.get(path + query)).json)
    assert read(reply)["kind"]


def test_objects_and_lists() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map(data={"k": "v"}))
        await api.create(PODS, pod())
        for path in (f"{CONFIG_MAPS}/a", CONFIG_MAPS, f"{PODS}/a", PODS, "/api/v1/secrets", "/api/v1/nodes"):
            await same(api, path)
        await same(api, PODS, "?limit=1")
        await same(api, "/apis/events.k8s.io/v1/events")

    drive(scenario)


def test_a_list_is_encoded_once() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        first = await api.get(CONFIG_MAPS, PROTOBUF)
        entry = api.app.server.stored["", "configmaps"].cache.entries("default")[0]
        message = entry.message
        assert (await api.get(CONFIG_MAPS, PROTOBUF)).body == first.body
        assert message is not None
        assert entry.message is message

    drive(scenario)


def test_writes_are_answered_in_kind() -> None:
    async def scenario(api: Api) -> None:
        body = encode({"kind": "ConfigMap", "apiVersion": "v1", **config_map(data={"k": "v"})})
        headers = {"accept": GO_CLIENT}
        reply = await api.ask("POST", CONFIG_MAPS, body, kind=PROTOBUF, headers=headers)
        created = read(reply)
        assert (reply.status, created["data"]) == (201, {"k": "v"})
        created["data"] = {"k": "w"}
        path = f"{CONFIG_MAPS}/a"
        changed = read(await api.ask("PUT", path, encode(created), kind=PROTOBUF, headers=headers))
        assert changed["data"] == {"k": "w"}
        patched = await api.ask(
            "PATCH", path, {"data": {"x": "y"}}, kind="application/merge-patch+json", headers=headers
        )
        assert read(patched)["data"] == {"k": "w", "x": "y"}
        options = encode({"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": "other"}})
        refused = await api.ask("DELETE", path, options, kind=PROTOBUF, headers=headers)
        assert (refused.status, read(refused)["reason"]) == (409, "Conflict")
        gone = read(await api.ask("DELETE", path, headers=headers))
        assert (gone["kind"], gone["status"], gone["details"]["name"]) == ("Status", "Success", "a")

    drive(scenario)


@pytest.mark.parametrize("version", ["v1", "meta.k8s.io/v1", "apps/v1"])
def test_a_deletion_s_options_come_from_any_group(version: str) -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        options = encode({"kind": "DeleteOptions", "apiVersion": version, "dryRun": ["All"]})
        assert (await api.ask("DELETE", f"{CONFIG_MAPS}/a", options, kind=PROTOBUF)).status == 200
        assert (await api.get(f"{CONFIG_MAPS}/a")).status == 200

    drive(scenario)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b"{}",
            "the object provided is unrecognized (must be of type ConfigMap): provided data does not appear",
        ),
        (MAGIC, "the object provided is unrecognized (must be of type ConfigMap): empty body (6b387300)"),
        (
            MAGIC + b"\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12\x01\x0a",
            'ConfigMap in version "v1" cannot be handled as a ConfigMap: unexpected EOF',
        ),
        (
            MAGIC + b"\x0a\x0a\x0a\x02v1\x12\x04Boat",
            'Boat in version "v1" cannot be handled as a ConfigMap: no kind "Boat" is registered for version',
        ),
    ],
)
def test_a_body_that_cannot_be_read(body: bytes, message: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("POST", CONFIG_MAPS, body, kind=PROTOBUF)
        assert (reply.status, reply.message[: len(message)]) == (400, message)

    drive(scenario)


def test_subresources_and_reviews() -> None:
    async def scenario(api: Api) -> None:
        labels = {"app": "web"}
        template = {"metadata": {"labels": labels}, "spec": pod()["spec"]}
        spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
        apps = "/apis/apps/v1/namespaces/default/deployments"
        await api.create(apps, {"metadata": {"name": "d"}, "spec": spec})
        for path in (f"{apps}/d/scale", f"{apps}/d/status", apps):
            await same(api, path)
        review = {"spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}}
        reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        answer = read(await api.ask("POST", reviews, review, headers={"accept": GO_CLIENT}))
        assert answer["status"]["allowed"] is True
        asked = {"spec": {"audiences": ["a"]}}
        token = f"{DEFAULT}/serviceaccounts/default/token"
        assert read(await api.ask("POST", token, asked, headers={"accept": GO_CLIENT}))["status"]["token"]

    drive(scenario)


def test_errors_are_protobuf_too() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(f"{CONFIG_MAPS}/nope", PROTOBUF)
        assert reply.status == 404
        details = read(reply)["details"]
        assert (details["name"], details["kind"]) == ("nope", "configmaps")
        assert (await api.get("/api/v1/nothing", PROTOBUF)).status == 404

    drive(scenario)


def test_metadata_alone() -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod())
        one = read(await api.get(f"{PODS}/a", PARTIAL))
        assert (one["kind"], one["metadata"]["name"]) == ("PartialObjectMetadata", "a")
        for version in ("v1", "v1beta1"):
            many = read(await api.get(PODS, PARTIALS.format(version)))
            assert many["apiVersion"] == f"meta.k8s.io/{version}"
            assert [item["metadata"]["name"] for item in many["items"]] == ["a"]
        missing = await api.get(f"{PODS}/b", f"{PARTIAL},{JSON}")
        assert (missing.status, missing.header("content-type")) == (404, JSON)

    drive(scenario)


def test_kubectl_gets_its_table_in_json() -> None:
    async def scenario(api: Api) -> None:
        accept = f"{PROTOBUF};as=Table;v=v1;g=meta.k8s.io,{JSON};as=Table;v=v1;g=meta.k8s.io,{JSON}"
        assert (await api.get(PODS, accept)).json["kind"] == "Table"

    drive(scenario)


async def next_event(stream: Stream) -> tuple[str, str, str]:
    """Its type, the object's kind and name."""
    event, kind, obj = official.event(await stream.frame())
    return event, kind, official.value(obj, "metadata.name")


@pytest.mark.parametrize("accept", [PROTOBUF, f"{PROTOBUF};stream=watch", GO_CLIENT])
def test_a_watch_is_framed(accept: str) -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        async with api.watch(f"{CONFIG_MAPS}?watch=1", accept) as stream:
            assert await next_event(stream) == ("ADDED", "ConfigMap", "a")
            await api.ask("DELETE", f"{CONFIG_MAPS}/a")
            assert await next_event(stream) == ("DELETED", "ConfigMap", "a")
            assert stream.reply.header("content-type") == f"{PROTOBUF};stream=watch"

    drive(scenario)


def test_a_watch_whose_revision_is_gone_says_so_and_a_new_list_leads_on() -> None:
    async def scenario(api: Api) -> None:
        first = read(await api.get(CONFIG_MAPS, PROTOBUF))["metadata"]["resourceVersion"]
        await api.create(CONFIG_MAPS, config_map("b"))
        await api.forget()
        async with api.watch(f"{CONFIG_MAPS}?watch=1&resourceVersion={first}", PROTOBUF) as stream:
            event, kind, status = official.event(await stream.frame())
            assert (event, kind) == ("ERROR", "Status")
            assert official.value(status, "reason") == "Expired"
            assert official.value(status, "code") == 410
        there = read(await api.get(CONFIG_MAPS, PROTOBUF))
        assert "b" in [item["metadata"]["name"] for item in there["items"]]
        since = f"&resourceVersion={there['metadata']['resourceVersion']}"
        async with api.watch(f"{CONFIG_MAPS}?watch=1{since}", PROTOBUF) as stream:
            await stream.reply_started()
            await api.create(CONFIG_MAPS, config_map("c"))
            assert await next_event(stream) == ("ADDED", "ConfigMap", "c")

    drive(scenario)
