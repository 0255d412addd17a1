"""Discovery in every form: JSON, YAML, protobuf, indented, aggregated and not changed since."""

from __future__ import annotations

import pytest
from wherry.apimachinery.protobuf import decode

from ...apimachinery.protobuf import official
from ..harness import JSON, Api, drive

PROTOBUF = "application/vnd.kubernetes.protobuf"
AGGREGATED = ";g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api", "APIVersions"),
        ("/apis", "APIGroupList"),
        ("/apis/apps", "APIGroup"),
        ("/api/v1", "APIResourceList"),
        ("/apis/apps/v1", "APIResourceList"),
    ],
)
def test_in_protobuf(path: str, kind: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(path, f"{PROTOBUF},{JSON}")
        assert reply.header("content-type") == PROTOBUF
        assert b"\x12" + bytes([len(kind)]) + kind.encode() in reply.body[:40]

    drive(scenario)


def test_all_groups_at_once_in_protobuf() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get("/apis", PROTOBUF + AGGREGATED)
        assert reply.header("content-type") == PROTOBUF + AGGREGATED
        kind, obj = official.unwrap(reply.body)
        wanted = (await api.get("/apis", JSON + AGGREGATED)).json
        assert (kind, len(official.value(obj, "items"))) == ("APIGroupDiscoveryList", len(wanted["items"]))
        assert official.value(obj, "items.1.metadata.name") == wanted["items"][1]["metadata"]["name"]

    drive(scenario)


def test_what_has_not_changed_is_not_sent_again() -> None:
    async def scenario(api: Api) -> None:
        first = await api.get("/apis", JSON + AGGREGATED)
        assert (first.header("vary"), first.header("cache-control")) == ("Accept", "public")
        headers = {"accept": JSON + AGGREGATED, "if-none-match": first.header("etag")}
        again = await api.ask("GET", "/apis", headers=headers)
        assert (again.status, again.raw) == (304, b"")
        other = await api.ask("GET", "/apis", headers={**headers, "if-none-match": '"other"'})
        assert other.raw == first.raw

    drive(scenario)


@pytest.mark.parametrize("accept", ["application/yaml", f"application/yaml{AGGREGATED}"])
def test_in_yaml(accept: str) -> None:
    async def scenario(api: Api) -> None:
        assert (await api.get("/apis", accept)).text.startswith("apiVersion: ")

    drive(scenario)


@pytest.mark.parametrize(
    ("path", "accept", "indented"),
    [("/apis", f"{JSON};pretty=1", True), ("/apis?pretty=true", JSON, True), ("/apis", JSON, False)],
)
def test_indented_for_people(path: str, accept: str, indented: bool) -> None:
    async def scenario(api: Api) -> None:
        assert ("\n  " in (await api.get(path, accept)).text) == indented
        curl = await api.ask("GET", "/apis/apps", headers={"user-agent": "curl/8.5.0"})
        assert curl.text.startswith('{\n  "kind": "APIGroup",')
        assert (await api.get("/version")).text.startswith('{\n  "major"')

    drive(scenario)


def test_refusals_are_in_the_client_s_form() -> None:
    async def scenario(api: Api) -> None:
        missing = await api.get("/api/v9", PROTOBUF)
        assert (missing.status, decode(missing.body)[1]["reason"]) == (404, "NotFound")
        html = await api.get("/apis", "text/html")
        assert (html.status, html.json["code"]) == (406, 406)

    drive(scenario)


@pytest.mark.parametrize(
    ("path", "routed"),
    [("/api", True), ("/api/v1", True), ("/apis/apps/v1", True), ("/apis", False), ("/apis/apps", False)],
)
def test_a_router_stands_before_some_and_knows_no_wildcard_of_a_type(path: str, routed: bool) -> None:
    async def scenario(api: Api) -> None:
        refused = await api.get(path, "text/html")
        assert refused.message.startswith("406: Not Acceptable") is routed
        assert (await api.get(path, "application/*")).status == (406 if routed else 200)

    drive(scenario)
