"""The HTTPS server behind the APIService. Who may ask what is the API server's to say: only its front proxy
is let in, by its client certificate."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from typing import Any

import orjson
from aiohttp import web

from ..apimachinery import errors
from ..apimachinery.errors import StatusError
from ..client.client import Client
from ..client.errors import Unreachable
from ..client.resources import NODES, PODS
from . import objects, openapi
from .readings import Usage
from .scraper import Scraper

Object = dict[str, Any]


class MetricsServer:
    """`callers`: the names a client certificate may carry; empty: any that the authority signed."""

    def __init__(self, client: Client, scraper: Scraper, callers: Collection[str]) -> None:
        self._client = client
        self._scraper = scraper
        self._callers = frozenset(callers)

    @contextlib.asynccontextmanager
    async def served(self, address: str, port: int, context: ssl.SSLContext) -> AsyncIterator[None]:
        runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, address, port, ssl_context=context).start()
            yield
        finally:
            await runner.cleanup()

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._admit])
        documents: dict[str, Callable[[], bytes]] = {
            "/apis": lambda: orjson.dumps(objects.GROUPS),
            f"/apis/{objects.GROUP}": lambda: orjson.dumps(objects.API_GROUP),
            objects.PATH: lambda: orjson.dumps(objects.RESOURCES),
            openapi.INDEX_PATH: openapi.v3_index,
            openapi.V3_PATH: openapi.v3,
            openapi.V2_PATH: openapi.v2,
        }
        for path, document in documents.items():
            app.router.add_get(path, _constant(document))
        for path, handler in {
            "nodes": self._nodes,
            "nodes/{name}": self._node,
            "pods": self._pods,
            "namespaces/{namespace}/pods": self._pods,
            "namespaces/{namespace}/pods/{name}": self._pod,
        }.items():
            app.router.add_get(f"{objects.PATH}/{path}", handler)
        return app

    @web.middleware
    async def _admit(self, request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            if self._callers and not self._callers & _names(request):
                raise errors.forbidden("", "", "", "only the API server may ask here")
            answer: web.StreamResponse = await handler(request)
        except StatusError as error:
            return _json(error.status(), error.code)
        except Unreachable as error:
            refusal = errors.service_unavailable(str(error))
            return _json(refusal.status(), refusal.code)
        except web.HTTPNotFound:
            return web.Response(status=404, text="404 page not found\n")
        return answer

    async def _nodes(self, request: web.Request) -> web.Response:
        usage = await self._scraper.usage()
        labels, fields = _selectors(request)
        nodes = (await self._client.list(NODES, label_selector=labels, field_selector=fields))["items"]
        found = [
            item
            for node in nodes
            if (known := usage.get(node["metadata"]["name"])) is not None
            if (item := objects.node_metrics(node, known)) is not None
        ]
        return _json(objects.listed("NodeMetrics", found))

    async def _node(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        node = await self._client.get(NODES, name)
        known = (await self._scraper.usage()).get(name)
        found = objects.node_metrics(node, known) if known is not None else None
        if found is None:
            raise errors.not_found(objects.GROUP, "nodemetrics", name)
        return _json(found)

    async def _pods(self, request: web.Request) -> web.Response:
        namespace = request.match_info.get("namespace", "")
        usage = await self._scraper.usage()
        labels, fields = _selectors(request)
        pods = await self._client.list(PODS, namespace, label_selector=labels, field_selector=fields)
        found = [item for pod in pods["items"] if (item := _measured(pod, usage)) is not None]
        return _json(objects.listed("PodMetrics", found))

    async def _pod(self, request: web.Request) -> web.Response:
        namespace, name = request.match_info["namespace"], request.match_info["name"]
        pod = await self._client.get(PODS, name, namespace)
        found = _measured(pod, await self._scraper.usage())
        if found is None:
            raise errors.not_found(objects.GROUP, "podmetrics", f"{namespace}/{name}")
        return _json(found)


def _measured(pod: Object, usage: dict[str, Usage]) -> Object | None:
    known = usage.get(pod["spec"].get("nodeName", ""))
    return objects.pod_metrics(pod, known) if known is not None else None


def _selectors(request: web.Request) -> tuple[str, str]:
    """For labels and for fields."""
    return request.query.get("labelSelector", ""), request.query.get("fieldSelector", "")


def _names(request: web.Request) -> set[str]:
    certificate = request.get_extra_info("peercert") or {}
    subject = [pair for part in certificate.get("subject", ()) for pair in part]
    return {value for key, value in subject if key == "commonName"}


def _constant(document: Callable[[], bytes]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=document(), content_type="application/json")

    return answer


def _json(value: Object, code: int = 200) -> web.Response:
    return web.Response(status=code, body=orjson.dumps(value), content_type="application/json")
