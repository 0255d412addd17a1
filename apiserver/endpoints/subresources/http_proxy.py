"""pods/proxy, services/proxy, nodes/proxy: HTTP and WebSockets handed on to where they belong.

Names may carry a scheme and a port: `[scheme:]name[:port]` (the port by number or by name).
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, urlsplit

import aiohttp

from ....apimachinery import errors, field
from ...registry.strategy import Object
from .. import body
from ..exchange import STREAMED, Answer, Request
from ..scope import Scope
from ..server import Server
from . import kubelets
from .links import CODINGS, Links
from .websocket_relay import relay

HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailers",
     b"transfer-encoding", b"upgrade", b"host", b"authorization", b"content-length")
)  # fmt: skip
PLAIN = "/:@!$&'()*+,;="
"""What a path may hold as it is."""
CROSS_ORIGIN = b"access-control-allow-"
BODY_LIMIT = 64 * 1024 * 1024


class Named(NamedTuple):
    """`[scheme:]name[:port]` taken apart."""

    scheme: str
    name: str
    port: str


def parse_name(text: str, kind: str) -> Named:
    """400 for a request of a `kind` (pod, service, node) that is named in no such way."""
    parts = text.split(":")
    if len(parts) == 1:
        return Named("http", text, "")
    if len(parts) == 2 and parts[0] not in ("http", "https"):
        return Named("http", parts[0], parts[1])
    if len(parts) == 2:
        return Named(parts[0], parts[1], "")
    if len(parts) == 3 and parts[0] in ("http", "https", ""):
        return Named(parts[0] or "http", parts[1], parts[2])
    raise errors.bad_request(f"invalid {kind} request {field.quote(text)}")


async def pod_proxy(server: Server, scope: Scope, request: Request) -> Answer:
    named = parse_name(request.info.name, "pod")
    pod = server.reader.get("", "pods", request.info.namespace, named.name)
    if pod is None:
        raise errors.not_found("", "pods", named.name)
    address = pod.get("status", {}).get("podIP")
    if not address:
        raise errors.bad_request("address not allowed")
    port = named.port or _first_port(pod) or ("443" if named.scheme == "https" else "80")
    where = (request.info.namespace, named.name)
    base = kubelets.pod_base(server, where, named.scheme, address, port)
    return await _proxied(server, request, base)


def _first_port(pod: Object) -> str:
    for container in pod["spec"]["containers"]:
        for port in container.get("ports", []):
            return str(port["containerPort"])
    return ""


async def service_proxy(server: Server, scope: Scope, request: Request) -> Answer:
    named = parse_name(request.info.name, "service")
    namespace = request.info.namespace
    service = server.reader.get("", "services", namespace, named.name)
    if service is None:
        raise errors.not_found("", "services", named.name)
    port_name = _port_name(service, named)
    subsets = _subsets(server, namespace, named.name)
    choices = [
        (address, str(port["port"]))
        for subset in subsets
        for port in subset.get("ports", [])
        if port.get("name", "") == port_name
        for address in subset.get("addresses", [])
    ]
    if not choices:
        raise errors.service_unavailable(f"no endpoints available for service {field.quote(named.name)}")
    address, port = server.rng.choice(choices)
    base = kubelets.pod_base(server, _pod_of(address), named.scheme, address["ip"], port)
    return await _proxied(server, request, base)


def _pod_of(address: Object) -> tuple[str, str]:
    """Namespace and name of the pod behind an endpoint's address; empty when it is none."""
    ref = address.get("targetRef", {})
    return (ref.get("namespace", ""), ref.get("name", "")) if ref.get("kind") == "Pod" else ("", "")


def _port_name(service: Object, named: Named) -> str:
    """The name of the port that endpoints list: as it was asked for, or that of the number. 503."""
    ports = service["spec"].get("ports", [])
    if not named.port and len(ports) == 1:
        return str(ports[0].get("name", ""))
    if not named.port.isdecimal():
        return named.port
    for port in ports:
        if int(named.port) == port["port"]:
            return str(port.get("name", ""))
    message = f"no service port {int(named.port)} found for service {field.quote(named.name)}"
    raise errors.service_unavailable(message)


def _subsets(server: Server, namespace: str, name: str) -> list[Object]:
    """404 for a Service that nobody keeps endpoints of."""
    endpoints = server.reader.get("", "endpoints", namespace, name)
    if endpoints is None:
        raise errors.not_found("", "services", name)
    return endpoints.get("subsets") or []


async def node_proxy(server: Server, scope: Scope, request: Request) -> Answer:
    named = parse_name(request.info.name, "node")
    node = server.reader.get("", "nodes", "", named.name)
    if node is None:
        raise errors.not_found("", "nodes", named.name)
    return await _proxied(server, request, kubelets.base(node), kubelet=True)


def _url(base: str, request: Request) -> str:
    rest = request.info.rest
    slash = "/" if request.path.endswith("/") and rest else ""
    query = request.asgi["query_string"].decode("latin-1")
    return f"{base}/{quote(rest)}{slash}" + (f"?{query}" if query else "")


async def _proxied(server: Server, request: Request, base: str, *, kubelet: bool = False) -> Answer:
    """What clients see of it leads through here again: links and redirects. No path at all gets its slash."""
    rest = f"/{request.info.rest}" if request.info.rest else ""
    upgraded = request.asgi["type"] == "websocket"
    if not rest and request.method in ("GET", "HEAD") and not request.path.endswith("/") and not upgraded:
        query = request.asgi["query_string"]
        where = quote(request.path, PLAIN).encode() + b"/" + (b"?" + query if query else b"")
        await request.send({"type": "http.response.start", "status": 301, "headers": [(b"location", where)]})
        await request.send({"type": "http.response.body", "body": b""})
        return STREAMED
    prefix = request.path.removesuffix("/").removesuffix(rest.removesuffix("/"))
    hosts = frozenset((urlsplit(base).netloc, request.headers.get(b"host", b"").decode("latin-1")))
    # Kubelets are asked for their certificate; programs in pods have any.
    verified = kubelet or "/podHTTP/" in base
    links = Links(prefix, hosts)
    await forward(server, request, _url(base, request), links=links, verified=verified)
    return STREAMED


async def forward(
    server: Server,
    request: Request,
    url: str,
    *,
    method: str = "",
    links: Links | None = None,
    verified: bool = True,
) -> None:
    """Sends the request to `url` and streams the answer back, or joins the WebSockets. 503 when nobody
    answers there."""
    if request.asgi["type"] == "websocket":
        await relay(server, request, url)
        return
    data = await body.read(request, BODY_LIMIT)
    headers = [
        (k.decode("latin-1"), v.decode("latin-1")) for k, v in request.headers.items() if k not in HOP_BY_HOP
    ]
    if links is not None:
        headers.append(("X-Forwarded-Uri", quote(request.path, PLAIN)))
    session = kubelets.of(server).session
    try:
        answer = await session.request(
            method or request.method,
            url,
            headers=headers,
            data=data or None,
            allow_redirects=False,
            ssl=verified,
        )
    except (aiohttp.ClientError, OSError) as error:
        raise errors.service_unavailable(f"error trying to reach service: {error}") from None
    async with answer:
        await _stream_back(request, answer, links)


async def _stream_back(request: Request, answer: aiohttp.ClientResponse, links: Links | None) -> None:
    headers = [(k.lower(), v) for k, v in answer.raw_headers if k.lower() not in HOP_BY_HOP]
    page = None
    if links is not None:
        headers = [(k, _turned(k, v, links)) for k, v in headers if not k.startswith(CROSS_ORIGIN)]
        coding = CODINGS.get(answer.headers.get("content-encoding", "").lower())
        if coding is not None and answer.content_type == "text/html" and request.method != "HEAD":
            unpack, pack = coding
            page = pack(links.page(unpack(await answer.read())))
    length = answer.headers.get("content-length") if page is None else str(len(page))
    if length is not None:
        headers.append((b"content-length", length.encode()))
    await request.send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if page is not None:
        await request.send({"type": "http.response.body", "body": page, "more_body": True})
    else:
        async for chunk in answer.content.iter_any():
            await request.send({"type": "http.response.body", "body": chunk, "more_body": True})
    await request.send({"type": "http.response.body", "body": b""})


def _turned(name: bytes, value: bytes, links: Links) -> bytes:
    return links.turned(value.decode("latin-1")).encode("latin-1") if name == b"location" else value
