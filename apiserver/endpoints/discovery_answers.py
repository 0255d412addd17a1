"""Discovery documents in the form a client asked for: JSON, YAML or protobuf, per group or aggregated.

Sources: `k8s.io/apiserver/pkg/endpoints/discovery`, KEP-3352.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from fastapi import Request as HttpRequest
from fastapi import Response as HttpResponse

from ...apimachinery import protobuf
from ...apimachinery.serializer import yaml_io
from . import negotiation
from .catalogue import Catalogue
from .negotiation import Output

AGGREGATED = ("APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2")
PARAMETERS = ";g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def accept_of(request: HttpRequest) -> bytes | None:
    found = request.headers.get("accept")
    return found.encode("latin-1") if found is not None else None


def encode(value: Any, out: Output, indent: bool = False) -> bytes:
    if out.media == negotiation.YAML_TYPE:
        return yaml_io.dumps(value).encode()
    if out.media == negotiation.PROTOBUF_TYPE:
        return protobuf.encode(value)
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent or out.pretty else None)


def answer(request: HttpRequest, value: Any, out: Output, status: int = 200) -> HttpResponse:
    asked, agent = request.query_params.get("pretty", ""), request.headers.get("user-agent", "")
    data = encode(value, out, negotiation.pretty(asked, agent.encode("latin-1")))
    return HttpResponse(data, status, media_type=out.media)


def top(request: HttpRequest, catalogue: Catalogue) -> HttpResponse:
    """`/api` and `/apis`, of which a router filters the first. 406."""
    path, accept = request.url.path.rstrip("/"), (accept_of(request) or b"").decode("latin-1")
    if not accept.strip():
        return answer(request, catalogue.document(path), negotiation.PLAIN)
    if found := negotiation.choose(accept, _aggregated):
        return _whole(request, catalogue.aggregated(core=path == "/api"), found)
    return below(request, catalogue.document(path), routed=path == "/api")


def below(request: HttpRequest, document: Any, *, routed: bool) -> HttpResponse:
    """The document of a group or a version. 406, which a router words in its own way."""
    accept = accept_of(request)
    out = negotiation.untransformed_output(accept) if routed else negotiation.unrouted_output(accept)
    return answer(request, document, out)


def _aggregated(media: str, kind: str, group: str, version: str) -> bool:
    return (kind, group, version) == AGGREGATED


def _whole(request: HttpRequest, document: bytes, out: Output) -> HttpResponse:
    """All groups at once, or 304 for a client that has them already."""
    tag = f'"{hashlib.sha512(document).hexdigest().upper()}"'
    headers = {"etag": tag, "vary": "Accept", "cache-control": "public"}
    if request.headers.get("if-none-match") == tag:
        return HttpResponse(b"", 304, headers)
    plain = out.media == negotiation.JSON_TYPE and not out.pretty
    data = document if plain else encode(orjson.loads(document), out)
    return HttpResponse(data, 200, headers, media_type=out.media + PARAMETERS)
