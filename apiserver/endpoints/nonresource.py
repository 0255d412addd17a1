"""Everything that is not a resource: health, version, metrics, discovery, OpenAPI, OpenID (FastAPI routes).

Requests arrive here authenticated and authorized by the resource handler.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import orjson
from fastapi import FastAPI
from fastapi import Request as HttpRequest
from fastapi import Response as HttpResponse
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ...apimachinery import errors, version
from ...apimachinery.errors import StatusError
from ...apimachinery.serializer import yaml_io
from . import health, metrics, negotiation
from .catalogue import Catalogue

AGGREGATED = "as=APIGroupDiscoveryList"
AGGREGATED_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
PAGE_NOT_FOUND = "404 page not found\n"
ANY = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"]


class KnownMethods:
    """Routes only the methods there are: any other one is, like TRACE, meant by no route in particular."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in ANY:
            scope = {**scope, "method": "TRACE"}
        await self._app(scope, receive, send)


class OpenAPI(Protocol):
    """The documents `endpoints.openapi` builds."""

    def v3_index(self) -> bytes: ...

    def v3(self, path: str) -> bytes | None: ...

    def v2(self) -> bytes: ...

    def v2_protobuf(self) -> bytes: ...


Documents = Mapping[str, tuple[str, bytes]]
"""Path → (content type, body) of the service-account issuer's public documents."""


def build(catalogue: Catalogue, openapi: OpenAPI, openid: Documents, checks: health.Checks) -> FastAPI:
    """The ASGI app of the non-resource paths."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_middleware(KnownMethods)
    _errors(app)
    _health(app, checks)
    _version(app)
    _openapi(app, openapi)
    _openid(app, openid)
    _discovery(app, catalogue)
    return app


def json(value: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(value), status, media_type="application/json")


def _errors(app: FastAPI) -> None:
    async def status(_: HttpRequest, error: Exception) -> HttpResponse:
        assert isinstance(error, StatusError)
        return json(error.status(), error.code)

    async def http(_: HttpRequest, error: Exception) -> HttpResponse:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            message = "the server does not allow this method on the requested resource"
            return json(StatusError(405, "MethodNotAllowed", message, {}).status(), 405)
        return HttpResponse(PAGE_NOT_FOUND, 404, media_type="text/plain")

    app.add_exception_handler(StatusError, status)
    app.add_exception_handler(HTTPException, http)


def _health(app: FastAPI, checks: health.Checks) -> None:
    def handler(kind: str) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
        async def check(request: HttpRequest) -> HttpResponse:
            name = request.path_params.get("check", "")
            verbose = "verbose" in request.query_params
            excluded = request.query_params.getlist("exclude")
            ok, text = checks.report(kind, name, verbose, excluded)
            if text is None:
                return HttpResponse(PAGE_NOT_FOUND, 404, media_type="text/plain")
            return HttpResponse(text, 200 if ok else 500, media_type="text/plain; charset=utf-8")

        return check

    for kind in health.KINDS:
        app.add_api_route(f"/{kind}", handler(kind), methods=ANY)
        app.add_api_route(f"/{kind}/{{check}}", handler(kind), methods=ANY)


def _version(app: FastAPI) -> None:
    @app.get("/version")
    @app.get("/version/")
    async def get_version(request: HttpRequest) -> HttpResponse:
        accept = request.headers.get("accept", "")
        if accept and not any(kind in accept for kind in ("application/json", "*/*")):
            text = f"406: Not Acceptable\n\nAvailable representations: {negotiation.JSON_TYPE}"
            return HttpResponse(text, 406, media_type="text/plain")
        return json(version.info())

    @app.get("/metrics")
    async def get_metrics() -> HttpResponse:
        return HttpResponse(metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/")
    async def get_root() -> HttpResponse:
        paths = sorted({r.path for r in app.routes if isinstance(r, Route) and "{" not in r.path} - {"/"})
        return json(
            {
                "paths": [
                    "/.well-known/openid-configuration",
                    "/api",
                    *(
                        p
                        for p in paths
                        if p not in ("/.well-known/openid-configuration", "/api") and not p.endswith("/")
                    ),
                ]
            }
        )


def _openapi(app: FastAPI, openapi: OpenAPI) -> None:
    @app.api_route("/openapi/v2", methods=["GET", "HEAD"])
    async def v2(request: HttpRequest) -> HttpResponse:
        accept = request.headers.get("accept", "")
        if "protobuf" in accept and "application/json" not in accept.split(",")[0]:
            # Go cannot parse the @ of the type asked for.
            kind = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
            return HttpResponse(openapi.v2_protobuf(), media_type=kind)
        return HttpResponse(openapi.v2(), media_type="application/json")

    @app.get("/openapi/v3")
    async def index() -> HttpResponse:
        return HttpResponse(openapi.v3_index(), media_type="application/json")

    @app.get("/openapi/v3/{path:path}")
    async def v3(request: HttpRequest) -> HttpResponse:
        # A typed parameter would make FastAPI import pydantic's old version 1: 60 ms of a start.
        found = openapi.v3(request.path_params["path"])
        if found is None:
            return HttpResponse(b"", 404)
        return HttpResponse(found, media_type="application/json")


def _openid(app: FastAPI, openid: Documents) -> None:
    for path, (kind, content) in openid.items():
        app.add_api_route(path, _document(kind, content), methods=["GET"])


def _document(kind: str, content: bytes) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
    async def document(request: HttpRequest) -> HttpResponse:
        accept = request.headers.get("accept", "*/*")
        if kind not in accept and "*/*" not in accept:
            message = f"406: Not Acceptable\n\nAvailable representations: {kind}"
            raise StatusError(406, "NotAcceptable", message, {})
        return HttpResponse(content, media_type=kind)

    return document


def _aggregated_wanted(accept: str) -> bool:
    """Whether the first clause this server can serve asks for the aggregated form, version 2."""
    return any(
        AGGREGATED in clause
        and "g=apidiscovery.k8s.io" in clause
        and "v=v2;" in clause.replace(" ", "") + ";"
        for clause in accept.split(",")
    )


def _top(accept: str) -> str:
    """The format of `/api` and `/apis`, whose negotiation upstream does apart. 406."""
    if not accept.strip():
        return negotiation.JSON_TYPE
    for clause in accept.split(","):
        media = clause.split(";")[0].strip()
        if media in (*negotiation.ACCEPTED, "*/*", "application/*") and "as=" not in clause:
            return negotiation.JSON_TYPE if "*" in media else media
    if any(
        "g=apidiscovery.k8s.io" not in c and "as=" in c and "application/json" in c for c in accept.split(",")
    ):
        return negotiation.JSON_TYPE
    raise errors.not_acceptable(negotiation.ACCEPTED)


def _shaped(value: Any, media: str, pretty: bool) -> HttpResponse:
    if media == negotiation.YAML_TYPE:
        return HttpResponse(yaml_io.dumps(value), media_type=media)
    option = orjson.OPT_INDENT_2 if pretty else None
    return HttpResponse(orjson.dumps(value, option=option), media_type=negotiation.JSON_TYPE)


def no_route() -> StatusError:
    return StatusError(404, "NotFound", "the server could not find the requested resource", {})


def _discovery(app: FastAPI, catalogue: Catalogue) -> None:
    async def top(request: HttpRequest) -> HttpResponse:
        path, accept = request.url.path.rstrip("/"), request.headers.get("accept", "")
        if _aggregated_wanted(accept):
            return HttpResponse(catalogue.aggregated(core=path == "/api"), media_type=AGGREGATED_TYPE)
        return _shaped(catalogue.document(path), _top(accept), "pretty" in request.query_params)

    async def below(request: HttpRequest) -> HttpResponse:
        path = request.url.path.rstrip("/")
        parts = path.strip("/").split("/")
        document = catalogue.document(path)
        if document is None:
            if parts[0] == "apis" and (len(parts) < 2 or not parts[1] or not catalogue.routed(parts[1])):
                raise HTTPException(404)
            raise no_route()
        if request.method not in ("GET",) and len(parts) != 2 - (parts[0] == "api"):
            raise HTTPException(405)
        accept = request.headers.get("accept")
        out = negotiation.output(accept.encode() if accept is not None else None)
        return _shaped(document, out.media, out.pretty or "pretty" in request.query_params)

    for path in ("/api", "/api/"):
        app.add_api_route(path, top, methods=["GET"])
    for path in ("/apis", "/apis/"):
        app.add_api_route(path, top, methods=ANY)
    for path in ("/api/{rest:path}", "/apis/{rest:path}"):
        app.add_api_route(path, below, methods=ANY)
