"""OpenAPI of extension servers: listed and handed on in version 3, joined in version 2."""

from __future__ import annotations

import asyncio
from typing import Any

from ..harness import Api, drive
from .extension import GROUP, NAME, ROOT, SERVICES, VERSION, Extension, api_service, expose

V3 = f"/openapi/v3{ROOT}"
DEFINITION = "com.example.wardle.v1alpha1.Flunder"
FOREIGN = {
    "/openapi/v3": {"paths": {ROOT.strip("/"): {"serverRelativeURL": f"{V3}?hash=ABC"}}},
    V3: {"openapi": "3.0.0", "paths": {}},
    "/openapi/v2": {
        "swagger": "2.0",
        "paths": {f"{ROOT}/flunders": {"get": {"operationId": "listFlunders"}}, "/version/": {"get": {}}},
        "definitions": {
            DEFINITION: {"type": "object"},
            "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": {"type": "object", "description": "theirs"},
        },
    },
}


async def served(api: Api, extension: Extension) -> None:
    """Registers the server and waits until its documents are there."""
    api.app.aggregator.start()
    await expose(api, extension)
    await api.create(SERVICES, api_service(extension.ca))
    await until(api, present=True)


async def until(api: Api, *, present: bool) -> None:
    while (await index(api) is not None) is not present:
        changed = asyncio.Event()
        api.app.aggregator.on_change.append(changed.set)
        await changed.wait()


async def index(api: Api) -> dict[str, Any] | None:
    found: dict[str, Any] = (await api.get("/openapi/v3")).json["paths"]
    entry: dict[str, Any] | None = found.get(f"apis/{GROUP}/{VERSION}")
    return entry


def test_the_document_is_listed_where_the_server_has_it() -> None:
    async def scenario(api: Api) -> None:
        extension = Extension()
        extension.documents = FOREIGN
        async with extension.serving():
            await served(api, extension)
            assert await index(api) == {"serverRelativeURL": f"{V3}?hash=ABC"}
            assert (await api.get(f"{V3}?hash=ABC")).json == FOREIGN[V3]
            assert extension.last(V3).query_string == "hash=ABC"

    drive(scenario)


def test_paths_of_the_version_and_definitions_join_version_2() -> None:
    async def scenario(api: Api) -> None:
        extension = Extension()
        extension.documents = FOREIGN
        async with extension.serving():
            await served(api, extension)
            swagger = (await api.get("/openapi/v2")).json
        assert swagger["paths"][f"{ROOT}/flunders"] == {"get": {"operationId": "listFlunders"}}
        assert (
            "parameters" not in swagger["paths"]["/version/"]["get"] or swagger["paths"]["/version/"]["get"]
        )
        assert swagger["definitions"][DEFINITION] == {"type": "object"}
        ours = swagger["definitions"]["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]
        assert ours.get("description") != "theirs"

    drive(scenario)


def test_documents_go_with_the_apiservice() -> None:
    async def scenario(api: Api) -> None:
        extension = Extension()
        extension.documents = FOREIGN
        async with extension.serving():
            await served(api, extension)
            await api.ask("DELETE", f"{SERVICES}/{NAME}")
            await until(api, present=False)
            assert DEFINITION not in (await api.get("/openapi/v2")).json["definitions"]

    drive(scenario)


def test_broken_documents_do_no_harm() -> None:
    async def scenario(api: Api) -> None:
        extension = Extension()
        broken = {"paths": {f"{ROOT}/flunders": ["what"]}, "definitions": 5}
        extension.documents = {**FOREIGN, "/openapi/v2": broken}
        async with extension.serving():
            await served(api, extension)
            assert (await api.get("/openapi/v2")).status == 200
            assert await index(api) == {"serverRelativeURL": f"{V3}?hash=ABC"}

    drive(scenario)
