"""The paths `/openapi/v2` and `/openapi/v3`: negotiation, hashes, caching.

Source: kube-openapi pkg/handler and pkg/handler3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qs

from fastapi import FastAPI
from fastapi import Request as HttpRequest
from fastapi import Response as HttpResponse

from ....apimachinery.clock import Clock
from .documents import OpenAPI

JSON = "application/json"
V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
OLD_V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
FOREVER = timedelta(days=365)
V2_TYPES = {JSON: JSON, OLD_V2_PROTOBUF: V2_PROTOBUF, V2_PROTOBUF: V2_PROTOBUF}
"""What may be asked for → what is answered: Go cannot parse the @ of the older name."""
V3_TYPES = {JSON: JSON}


def routes(app: FastAPI, openapi: OpenAPI, clock: Clock) -> None:
    """Adds the paths to the app."""
    tags = _Tags()

    @app.api_route("/openapi/v2", methods=["GET", "HEAD"])
    async def v2(request: HttpRequest) -> HttpResponse:
        kind = negotiated(request.headers.get("accept", ""), V2_TYPES)
        if kind is None:
            return HttpResponse(b"", 406, headers={"Vary": "Accept"})
        data = openapi.v2_protobuf() if kind == V2_PROTOBUF else openapi.v2()
        return _answer(request, data, tags.of(data, kind), kind, {"Vary": "Accept"})

    @app.api_route("/openapi/v3", methods=["GET", "HEAD"])
    async def index(request: HttpRequest) -> HttpResponse:
        data = openapi.v3_index()
        return _answer(request, data, tags.of(data, "index"), JSON, {})

    @app.api_route("/openapi/v3/{path:path}", methods=["GET", "HEAD"])
    async def v3(request: HttpRequest) -> HttpResponse:
        # A typed parameter would make FastAPI import pydantic's old version 1: 60 ms of a start.
        path = request.path_params["path"]
        data = openapi.v3(path)
        if data is None:
            return HttpResponse(b"", 404)
        headers = {"Vary": "Accept"}
        kind = negotiated(request.headers.get("accept", ""), V3_TYPES)
        if kind is None:
            return HttpResponse(b"", 406, headers=headers)
        digest = openapi.hash(path)
        wanted = parse_qs(request.url.query).get("hash", [""])[0]
        if wanted and wanted != digest:
            return HttpResponse(b"", 301, headers=headers | {"Location": openapi.address(path)})
        if wanted:
            headers["Cache-Control"] = "public, immutable"
            headers["Expires"] = (clock.now() + FOREVER).strftime("%a, %d %b %Y %H:%M:%S UTC")
        return _answer(request, data, f'"{digest}"', kind, headers)


def negotiated(accept: str, types: Mapping[str, str]) -> str | None:
    """The media type to answer with; None when nothing acceptable is there."""
    clauses = []
    for clause in (accept or "*/*").split(","):
        media, *parameters = (part.strip() for part in clause.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        clauses.append((media, float(weight) if weight.replace(".", "", 1).isdigit() else 0.0))
    for media, _ in sorted(clauses, key=lambda clause: -clause[1]):
        for offered, answered in types.items():
            if media in (offered, "*/*", "application/*"):
                return answered
    return None


class _Tags:
    """The entity tags of documents, taken once for each."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[bytes, str]] = {}

    def of(self, data: bytes, name: str) -> str:
        """`data` is the same object as long as the document is."""
        kept = self._kept.get(name)
        if kept is None or kept[0] is not data:
            kept = self._kept[name] = data, f'"{hashlib.sha512(data).hexdigest().upper()}"'
        return kept[1]


def _answer(request: HttpRequest, data: bytes, etag: str, kind: str, more: dict[str, str]) -> HttpResponse:
    """The document, or 304 for whoever has it."""
    headers = {**more, "Etag": etag}
    known = request.headers.get("if-none-match", "")
    if known == "*" or etag in (one.strip().removeprefix("W/") for one in known.split(",")):
        return HttpResponse(status_code=304, headers=headers)
    return HttpResponse(data, media_type=kind, headers=headers)
