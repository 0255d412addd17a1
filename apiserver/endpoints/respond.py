"""Sends responses: headers, warnings, gzip, and errors as a Status in the client's format."""

from __future__ import annotations

import gzip

from ...apimachinery.errors import StatusError
from . import negotiation, render, warnings
from .exchange import JSON, Request, Response

GZIP_ABOVE = 128 * 1024
CACHE = (b"cache-control", b"no-cache, private")
JSON_HEADER = (b"content-type", JSON)


async def respond(request: Request, response: Response) -> None:
    """Writes a complete response in one go."""
    body = response.body
    headers = [
        JSON_HEADER if response.content_type is JSON else (b"content-type", response.content_type),
        CACHE,
    ]
    if len(body) > GZIP_ABOVE and b"gzip" in request.headers.get(b"accept-encoding", b""):
        body = gzip.compress(body, 1)
        headers += [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
    headers.append((b"content-length", str(len(body)).encode()))
    headers += request.stamps
    if response.headers:
        headers += response.headers
    if request.warnings:
        headers += map(warnings.header, warnings.limited(request.warnings))
    await request.send({"type": "http.response.start", "status": response.status, "headers": headers})
    await request.send({"type": "http.response.body", "body": body})


def failure(request: Request, error: StatusError) -> Response:
    """The error as a Status in the format that the client reads."""
    out = negotiation.for_errors(request.headers.get(b"accept"))
    response = render.value(request, out, error.status(), error.code)
    if error.headers:
        response.headers = [(k.lower().encode(), v.encode()) for k, v in error.headers.items()]
    return response
