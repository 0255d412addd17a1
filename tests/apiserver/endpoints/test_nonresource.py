"""Paths that are no resources: version, metrics, the index, OpenAPI, the issuer's documents."""

from __future__ import annotations

from ..harness import CONFIG_MAPS, Api, drive


def test_the_version_is_the_one_served() -> None:
    async def scenario(api: Api) -> None:
        for path in ("/version", "/version/"):
            found = (await api.get(path)).json
            assert (found["major"], found["minor"]) == ("1", "36")
            assert found["gitVersion"].startswith("v1.36")
        assert (await api.get("/version", "text/html")).status == 406

    drive(scenario)


def test_the_index_lists_paths() -> None:
    async def scenario(api: Api) -> None:
        paths = (await api.get("/")).json["paths"]
        assert paths[:2] == ["/.well-known/openid-configuration", "/api"]
        assert {"/healthz", "/metrics", "/openapi/v2", "/version"} <= set(paths)
        assert {"/api/v1", "/apis/apps", "/apis/apps/v1", "/readyz/shutdown"} <= set(paths)
        assert not {"/", "/api/", "/version/", "/index.html"} & set(paths)
        assert (await api.get("/index.html")).json["paths"] == paths

    drive(scenario)


def test_metrics_count_requests_by_verb_and_resource() -> None:
    async def scenario(api: Api) -> None:
        await api.get(f"{CONFIG_MAPS}/nope")
        reply = await api.get("/metrics")
        assert reply.header("content-type").startswith("text/plain; version=0.0.4")
        of = 'component="apiserver",dry_run="",group="",resource="configmaps"'
        assert f'apiserver_request_total{{code="404",{of}' in reply.text

    drive(scenario)


def test_openapi_is_served_as_an_index_of_documents() -> None:
    async def scenario(api: Api) -> None:
        index = (await api.get("/openapi/v3")).json["paths"]
        url = index["apis/apps/v1"]["serverRelativeURL"]
        assert (await api.get(url)).json["openapi"].startswith("3.")
        assert (await api.get("/openapi/v3/apis/nope/v1")).status == 404

    drive(scenario)


def test_openapi_two_comes_as_json_and_protobuf() -> None:
    async def scenario(api: Api) -> None:
        assert (await api.get("/openapi/v2")).json["swagger"] == "2.0"
        kind = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
        reply = await api.get("/openapi/v2", kind)
        assert reply.header("content-type") == "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

    drive(scenario)


def test_the_issuer_publishes_its_keys() -> None:
    async def scenario(api: Api) -> None:
        found = (await api.get("/.well-known/openid-configuration")).json
        assert found["jwks_uri"].endswith("/openid/v1/jwks")
        keys = await api.get("/openid/v1/jwks", "application/jwk-set+json")
        assert keys.json["keys"][0]["use"] == "sig"
        assert (await api.get("/openid/v1/jwks", "text/html")).status == 406
        assert keys.header("cache-control") == "public, max-age=3600"

    drive(scenario)


def test_what_is_not_there() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get("/nope")
        assert (reply.status, reply.text) == (404, "404 page not found\n")
        assert (reply.header("cache-control"), reply.header("x-content-type-options")) == (
            "no-cache, private",
            "nosniff",
        )
        assert (await api.ask("POST", "/version", {})).status == 405

    drive(scenario)


def test_there_is_no_page_behind_a_trailing_slash() -> None:
    async def scenario(api: Api) -> None:
        for path in ("/healthz/", "/livez/", "/readyz/", "/readyz/etcd"):
            assert (await api.ask("GET", path)).status == 404

    drive(scenario)
