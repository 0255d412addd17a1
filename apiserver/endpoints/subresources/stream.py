"""log, exec, attach, portforward: the server hands the connection on to the pod's kubelet."""

from __future__ import annotations

from urllib.parse import urlencode

from ....apimachinery import errors
from ... import upgrade
from .. import options
from ..exchange import STREAMED, Answer, Request, Response
from ..scope import Scope
from ..server import Server
from . import kubelets, log_options, log_socket, spdy_relay
from .http_proxy import forward, node_proxy, pod_proxy, service_proxy
from .websocket_relay import dial, relay

__all__ = ["attach", "execute", "log", "node_proxy", "pod_proxy", "portforward", "service_proxy"]

LOG_OPTIONS = (
    "follow",
    "previous",
    "sinceSeconds",
    "sinceTime",
    "timestamps",
    "tailLines",
    "limitBytes",
)
STREAM_OPTIONS = ("stdin", "stdout", "stderr", "tty", "command")
BOOLEANS = frozenset(("follow", "previous", "timestamps", "stdin", "stdout", "stderr", "tty"))


def _query(request: Request, names: tuple[str, ...]) -> str:
    """The options as kubelets read them: clients may write booleans in many ways."""

    def text(name: str, value: str) -> str:
        return str(options.parse_bool(value)).lower() if name in BOOLEANS else value

    return urlencode([(name, text(name, v)) for name in names for v in request.query.get(name, ())])


async def log(server: Server, scope: Scope, request: Request) -> Answer:
    """GET pods/log, streamed while `follow` is set; a pod that has no node yet has nothing to say."""
    info = request.info
    log_options.check(request)
    pod = kubelets.pod(server, info.namespace, info.name)
    name = kubelets.container(pod, request.arg("container"))
    if not pod["spec"].get("nodeName"):
        return Response(b"", 204, b"text/plain")
    path = f"/containerLogs/{info.namespace}/{info.name}/{name}"
    url = f"{kubelets.host(server, pod)}{path}?{_query(request, LOG_OPTIONS)}"
    if request.asgi["type"] == "websocket":
        await log_socket.serve(server, request, url)
    else:
        await forward(server, request, url, method="GET")
    return STREAMED


async def execute(server: Server, scope: Scope, request: Request) -> Answer:
    return await _container_stream(server, request, "exec")


async def attach(server: Server, scope: Scope, request: Request) -> Answer:
    return await _container_stream(server, request, "attach")


async def _container_stream(server: Server, request: Request, action: str) -> Answer:
    info = request.info
    pod = kubelets.pod(server, info.namespace, info.name)
    name = kubelets.container(pod, request.arg("container"))
    base = kubelets.host(server, pod)
    if action == "exec" and not request.query.get("command"):
        raise errors.bad_request("you must specify at least one command for the container")
    path = f"/{action}/{info.namespace}/{info.name}/{name}"
    url = f"{base}{path}?{_query(request, STREAM_OPTIONS)}"
    if (wanted := upgrade.of(request.asgi)) is None:
        await relay(server, request, url)
    else:
        await _over_spdy(server, request, wanted, url)
    return STREAMED


async def _over_spdy(server: Server, request: Request, wanted: upgrade.Upgrade, url: str) -> None:
    version = spdy_relay.negotiate(request, spdy_relay.EXEC_VERSIONS)
    async with await dial(server, url, [spdy_relay.CHANNELS]) as far:
        streams = spdy_relay.switch(wanted, version)
        try:
            channels = spdy_relay.expected(request, version)
            await spdy_relay.ChannelBridge(streams, far, version, channels).run()
        finally:
            await spdy_relay.close(streams)


async def portforward(server: Server, scope: Scope, request: Request) -> Answer:
    info = request.info
    base = kubelets.target(server, info.namespace, info.name)
    query = urlencode([("port", p) for p in request.query.get("ports", ())])
    url = f"{base}/portForward/{info.namespace}/{info.name}?{query}"
    if (wanted := upgrade.of(request.asgi)) is None:
        await relay(server, request, url)
    else:
        await _ports_over_spdy(server, request, wanted, url)
    return STREAMED


async def _ports_over_spdy(server: Server, request: Request, wanted: upgrade.Upgrade, url: str) -> None:
    version = spdy_relay.negotiate(request, (spdy_relay.PORT_FORWARD,))
    async with await dial(server, url, [spdy_relay.TUNNEL]) as far:
        streams = spdy_relay.switch(wanted, version)
        try:
            await spdy_relay.tunnel(streams, far)
        finally:
            await spdy_relay.close(streams)
