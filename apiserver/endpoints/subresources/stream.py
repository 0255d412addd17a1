"""log, exec, attach, portforward: the server hands the connection on to the pod's kubelet."""

from __future__ import annotations

from urllib.parse import urlencode

from ....apimachinery import errors
from ..exchange import STREAMED, Answer, Request
from ..scope import Scope
from ..server import Server
from . import kubelets
from .http_proxy import forward, node_proxy, pod_proxy, service_proxy
from .websocket_relay import relay

__all__ = ["attach", "execute", "log", "node_proxy", "pod_proxy", "portforward", "service_proxy"]

LOG_OPTIONS = (
    "follow",
    "previous",
    "sinceSeconds",
    "sinceTime",
    "timestamps",
    "tailLines",
    "limitBytes",
    "stream",
)
STREAM_OPTIONS = ("stdin", "stdout", "stderr", "tty", "command")


async def log(server: Server, scope: Scope, request: Request) -> Answer:
    """GET pods/log, streamed while `follow` is set."""
    info = request.info
    target = kubelets.target(server, info.namespace, info.name)
    name = kubelets.container(target.pod, request.arg("container"))
    query = urlencode([(k, v) for k in LOG_OPTIONS for v in request.query.get(k, ())])
    path = f"/containerLogs/{info.namespace}/{info.name}/{name}"
    await forward(server, request, f"{target.base}{path}?{query}", method="GET")
    return STREAMED


async def execute(server: Server, scope: Scope, request: Request) -> Answer:
    return await _container_stream(server, request, "exec")


async def attach(server: Server, scope: Scope, request: Request) -> Answer:
    return await _container_stream(server, request, "attach")


async def _container_stream(server: Server, request: Request, action: str) -> Answer:
    info = request.info
    target = kubelets.target(server, info.namespace, info.name)
    name = kubelets.container(target.pod, request.arg("container"))
    if action == "exec" and not request.query.get("command"):
        raise errors.bad_request("you must specify at least one command for the container")
    query = urlencode([(k, v) for k in STREAM_OPTIONS for v in request.query.get(k, ())])
    path = f"/{action}/{info.namespace}/{info.name}/{name}"
    await relay(server, request, f"{target.base}{path}?{query}")
    return STREAMED


async def portforward(server: Server, scope: Scope, request: Request) -> Answer:
    info = request.info
    target = kubelets.target(server, info.namespace, info.name)
    query = urlencode([("port", p) for p in request.query.get("ports", ())])
    await relay(server, request, f"{target.base}/portForward/{info.namespace}/{info.name}?{query}")
    return STREAMED
