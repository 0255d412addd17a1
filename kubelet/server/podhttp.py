"""`/podHTTP`: one HTTP request handed on to a pod; how an API server on another machine, which cannot dial
the pods of this node, proxies to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web
from yarl import URL

from ...apimachinery import errors, ports
from .podproxy import pod_host

if TYPE_CHECKING:
    from .app import NodeServer

HOP_BY_HOP = frozenset(
    ("connection", "content-length", "host", "keep-alive", "te", "trailers", "transfer-encoding", "upgrade")
)
OURS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""Headers that the client library would add."""
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10)


async def serve(server: NodeServer, request: web.Request) -> web.StreamResponse:
    """`/podHTTP/NAMESPACE/POD/SCHEME/PORT/PATH?QUERY`. 503 when nobody answers there."""
    url = _target(pod_host(server, server.find_pod(request)), request)
    body = request.content if request.can_read_body else None
    async with aiohttp.ClientSession(auto_decompress=False, timeout=TIMEOUT) as session:
        try:
            answer = await session.request(
                request.method,
                url,
                headers=[(k, v) for k, v in request.headers.items() if k.lower() not in HOP_BY_HOP],
                data=body,
                skip_auto_headers=OURS,
                ssl=False,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, OSError) as error:
            raise errors.service_unavailable(f"error trying to reach service: {error}") from None
        async with answer:
            return await _stream_back(request, answer)


def _target(host: str, request: web.Request) -> URL:
    """The pod's URL, with path and query as they were sent."""
    scheme, port = request.match_info["scheme"], request.match_info["port"]
    if scheme not in ("http", "https") or not port.isdigit():
        raise errors.bad_request(f"no such way to a pod: {scheme}, port {port}")
    rest = request.rel_url.raw_path.split("/", 6)[6]
    query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
    return URL(f"{scheme}://{host}:{ports.served_at(int(port))}/{rest}{query}", encoded=True)


async def _stream_back(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, reason=answer.reason)
    for name, value in answer.headers.items():
        if name.lower() not in HOP_BY_HOP:
            response.headers.add(name, value)
    if answer.content_length is not None:
        response.content_length = answer.content_length
    await response.prepare(request)
    if request.method != "HEAD":
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
    await response.write_eof()
    return response
