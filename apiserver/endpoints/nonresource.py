"""FastAPI's routes: version, metrics, discovery, OpenAPI, OpenID. Only `pages` imports this, and late."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi import Request as HttpRequest
from fastapi import Response as HttpResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...apimachinery import version
from ...apimachinery.errors import StatusError
from . import discovery_answers, health, metrics, negotiation
from .catalogue import Catalogue
from .exchange import PAGE_NOT_FOUND, TEXT
from .openapi import web
from .pages import Sources

PLAIN = TEXT.decode()
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
"""What Prometheus reads."""
HIDDEN = ("/", "/index.html", "/api/", "/version/")
"""Other names of what is listed."""
ANY = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"]


class Manners:
    """Routes only the methods there are: any other one is, like TRACE, meant by no route in particular. Says
    of every answer who may keep it, and of plain text that it is nothing else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in ANY:
            scope = {**scope, "method": "TRACE"}

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("cache-control", "no-cache, private")
                if headers.get("content-type") == PLAIN:
                    headers.setdefault("x-content-type-options", "nosniff")
            await send(message)

        await self._app(scope, receive, headed)


def build(sources: Sources) -> FastAPI:
    """The ASGI app of the paths that are neither resources nor health."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_middleware(Manners)
    _errors(app)
    _version(app)
    _metrics(app, sources)
    _index(app, sources.catalogue, sources.checks)
    web.routes(app, sources.openapi, sources.clock)
    for path, (kind, content) in sources.openid.items():
        app.add_api_route(path, _document(kind, content), methods=["GET"])
    _discovery(app, sources.catalogue)
    for path, text in sources.dumps.items():
        _dump(app, path, text)
    return app


def _process() -> str:
    """Memory, CPU time and files of this process."""
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return generate_latest(registry).decode()


def _dump(app: FastAPI, path: str, text: Callable[[bool], str]) -> None:
    """Serves a debugging table, which no index lists."""

    @app.get(path)
    async def dump(request: HttpRequest) -> HttpResponse:
        details = bool(request.query_params.get("includeRequestDetails"))
        return HttpResponse(text(details), media_type=PLAIN)


def json(value: Any) -> HttpResponse:
    """Upstream indents what is no API object."""
    return HttpResponse(orjson.dumps(value, option=orjson.OPT_INDENT_2), media_type="application/json")


def refused(request: HttpRequest, error: StatusError) -> HttpResponse:
    """The error in the format that the client reads."""
    out = negotiation.for_errors(discovery_answers.accept_of(request))
    return discovery_answers.answer(request, error.status(), out, error.code)


def _errors(app: FastAPI) -> None:
    async def status(request: HttpRequest, error: Exception) -> HttpResponse:
        assert isinstance(error, StatusError)
        return refused(request, error)

    async def http(request: HttpRequest, error: Exception) -> HttpResponse:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            message = "the server does not allow this method on the requested resource"
            return refused(request, StatusError(405, "MethodNotAllowed", message, {}))
        return HttpResponse(PAGE_NOT_FOUND, 404, media_type="text/plain")

    app.add_exception_handler(StatusError, status)
    app.add_exception_handler(HTTPException, http)


def _version(app: FastAPI) -> None:
    @app.get("/version")
    @app.get("/version/")
    async def get_version(request: HttpRequest) -> HttpResponse:
        accept = request.headers.get("accept", "")
        if accept and not any(kind in accept for kind in ("application/json", "*/*")):
            text = f"406: Not Acceptable\n\nAvailable representations: {negotiation.JSON_TYPE}"
            return HttpResponse(text, 406, media_type="text/plain")
        return json(version.info())


def _metrics(app: FastAPI, sources: Sources) -> None:
    @app.get("/metrics")
    async def get_metrics() -> HttpResponse:
        renders = (version.metric, _process, metrics.render, *sources.metrics)
        return HttpResponse("".join(render() for render in renders), media_type=EXPOSITION)

    @app.get("/metrics/slis")
    async def slis() -> HttpResponse:
        return HttpResponse(sources.checks.levels.render(), media_type=EXPOSITION)


def _index(app: FastAPI, catalogue: Catalogue, checks: health.Checks) -> None:
    """`/` lists the paths that stand for something, but neither resources nor what is for debugging."""

    @app.get("/")
    @app.get("/index.html")
    async def get_root() -> HttpResponse:
        routed = [r.path for r in app.routes if isinstance(r, Route) and "{" not in r.path]
        shown = [path for path in routed if path not in HIDDEN and not path.startswith("/debug/")]
        found = {*shown, "/openapi/v3/", *health.PATHS, *catalogue.paths(), *checks.paths()}
        return json({"paths": sorted(found)})


def _document(kind: str, content: bytes) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
    async def document(request: HttpRequest) -> HttpResponse:
        accept = request.headers.get("accept") or "*/*"
        if kind not in accept and "*/*" not in accept:
            message = f"406: Not Acceptable\n\nAvailable representations: {kind}"
            raise StatusError(406, "NotAcceptable", message, {})
        return HttpResponse(content, media_type=kind, headers={"cache-control": "public, max-age=3600"})

    return document


def no_route() -> StatusError:
    return StatusError(404, "NotFound", "the server could not find the requested resource", {})


def _discovery(app: FastAPI, catalogue: Catalogue) -> None:
    async def top(request: HttpRequest) -> HttpResponse:
        return discovery_answers.top(request, catalogue)

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
        routed = parts[0] == "api" or (len(parts) == 3 and catalogue.routed(parts[1]))
        return discovery_answers.below(request, document, routed=routed)

    for path in ("/api", "/api/"):
        app.add_api_route(path, top, methods=["GET"])
    for path in ("/apis", "/apis/"):
        app.add_api_route(path, top, methods=ANY)
    for path in ("/api/{rest:path}", "/apis/{rest:path}"):
        app.add_api_route(path, below, methods=ANY)
