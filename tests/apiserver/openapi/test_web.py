"""What clients get from /openapi: representations, hashes, caching; and custom kinds as they come and go."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from wherry.apiserver.endpoints.openapi.web import JSON, V2_PROTOBUF, V2_TYPES, negotiated

from ..harness import Api, drive

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
DOCUMENT = "/openapi/v3/apis/example.com/v1"


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/com.github.proto-openapi.spec.v2@v1.0+protobuf", V2_PROTOBUF),
        ("application/json;q=0.5, application/com.github.proto-openapi.spec.v2.v1.0+protobuf", V2_PROTOBUF),
        ("application/xml", None),
    ],
)
def test_what_is_answered(accept: str, answer: str | None) -> None:
    assert negotiated(accept, V2_TYPES) == answer


def test_a_document_is_cached_by_its_hash() -> None:
    async def scenario(api: Api) -> None:
        index = await api.get("/openapi/v3")
        url = index.json["paths"]["apis/apps/v1"]["serverRelativeURL"]
        reply = await api.get(url)
        assert reply.header("cache-control") == "public, immutable"
        assert reply.header("etag") == f'"{url.partition("=")[2]}"'
        again = await api.ask("GET", url, headers={"if-none-match": reply.header("etag")})
        assert (again.status, again.raw) == (304, b"")
        moved = await api.get("/openapi/v3/apis/apps/v1?hash=old")
        assert (moved.status, moved.header("location")) == (301, url)
        plain = await api.get("/openapi/v3/apis/apps/v1")
        assert plain.header("cache-control") == "no-cache, private"

    drive(scenario)


@pytest.mark.parametrize("path", ["/openapi/v2", "/openapi/v3", "/openapi/v3/api/v1"])
def test_who_has_a_document_is_told_so(path: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(path)
        assert reply.header("content-type") == "application/json"
        again = await api.ask("GET", path, headers={"if-none-match": reply.header("etag")})
        assert again.status == 304

    drive(scenario)


def test_other_representations_are_not_acceptable() -> None:
    async def scenario(api: Api) -> None:
        for path in ("/openapi/v2", "/openapi/v3/api/v1"):
            assert (await api.get(path, "application/xml")).status == 406
        assert (await api.get("/openapi/v3/apis/nope/v1")).status == 404

    drive(scenario)


def definition(**properties: Any) -> dict[str, Any]:
    schema = {"openAPIV3Schema": {"type": "object", "properties": properties}}
    names = {"plural": "widgets", "kind": "Widget"}
    versions = [{"name": "v1", "served": True, "storage": True, "schema": schema}]
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": versions}
    return {"metadata": {"name": "widgets.example.com"}, "spec": spec}


async def until(api: Api, path: str, status: int) -> Any:
    """The answer once it has the status; the definitions' task needs a few turns of the loop."""
    for _ in range(1000):
        if (reply := await api.get(path)).status == status:
            return reply
        await asyncio.sleep(0)
    raise AssertionError(f"{path} never answered {status}")


def test_a_custom_kind_is_published_and_withdrawn() -> None:
    async def scenario(api: Api) -> None:
        await api.create(DEFINITIONS, definition(spec={"type": "object"}))
        before = (await until(api, DOCUMENT, 200)).header("etag")
        assert "apis/example.com/v1" in (await api.get("/openapi/v3")).json["paths"]
        old = await api.get(f"{DEFINITIONS}/widgets.example.com")
        changed = {**old.json, "spec": definition(spec={"type": "object"}, more={"type": "string"})["spec"]}
        await api.put(f"{DEFINITIONS}/widgets.example.com", changed)
        after = await api.get(DOCUMENT)
        assert after.header("etag") != before
        assert "more" in after.json["components"]["schemas"]["com.example.v1.Widget"]["properties"]
        await api.ask("DELETE", f"{DEFINITIONS}/widgets.example.com")
        await until(api, DOCUMENT, 404)
        assert "com.example.v1.Widget" not in (await api.get("/openapi/v2")).json["definitions"]

    drive(scenario)
