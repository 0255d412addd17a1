"""Admission of connections: exec, attach, portforward and proxies, each with its options as the object."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ....apimachinery import errors, strconv
from ...registry.strategy import Object
from .. import options
from ..admit import Admission
from ..exchange import Answer, Request
from ..scope import Scope
from ..server import Server

Handler = Callable[[Server, Scope, Request], Awaitable[Answer]]

FLAGS = ("stdin", "stdout", "stderr", "tty")


def admitted(handler: Handler) -> Handler:
    """The handler, behind the plug-ins of CONNECT."""

    async def handle(server: Server, scope: Scope, request: Request) -> Answer:
        info = request.info
        admission = Admission(
            server,
            scope,
            request.user,
            "CONNECT",
            namespace=info.namespace,
            name=info.name,
            subresource=info.subresource,
            warnings=request.warnings,
        )
        shown = asked(scope, request)
        given = dict(shown)
        await admission.mutate(shown, None)
        await admission.validate(shown, None)
        if shown != given:
            _rewrite(request, shown)
        return await handler(server, scope, request)

    return handle


def asked(scope: Scope, request: Request) -> Object:
    """PodExecOptions and its like, from the query. 400 for ports that are no numbers."""
    gvk = scope.body_gvk(request.info.subresource)
    found: Object = {"kind": gvk.kind, "apiVersion": gvk.api_version}
    return {**found, **READERS[request.info.subresource](request)}


def _rewrite(request: Request, shown: Object) -> None:
    """Lets the request ask for what admission made of it."""
    if request.info.subresource == "proxy":
        request.info = request.info._replace(rest=str(shown.get("path") or "").strip("/"))
        return
    query: dict[str, list[str]] = {}
    for name, value in shown.items():
        if isinstance(value, bool):
            query[name] = [str(value).lower()]
        elif name not in ("kind", "apiVersion"):
            query[name] = [str(each) for each in (value if isinstance(value, list) else [value])]
    request.query = query


def _stream(request: Request) -> dict[str, Any]:
    flags = {name: True for name in FLAGS if options.parse_bool(request.arg(name, "0"))}
    return {**flags, **({"container": request.arg("container")} if request.arg("container") else {})}


def _exec(request: Request) -> dict[str, Any]:
    command = request.query.get("command")
    return {**_stream(request), **({"command": command} if command else {})}


def _ports(request: Request) -> dict[str, Any]:
    ports = [_port(port) for value in request.query.get("ports", ()) for port in value.split(",")]
    return {"ports": ports} if ports else {}


def _port(text: str) -> int:
    try:
        return strconv.parse_uint(text, bits=16)
    except ValueError as error:
        raise errors.bad_request(f"cannot convert to []int32: {error}") from None


def _path(request: Request) -> dict[str, Any]:
    """With the slashes at either end that the request had."""
    path = f"/{request.info.rest}" if request.info.rest else ""
    if request.path.endswith("/") and not path.endswith("/"):
        path += "/"
    return {"path": path} if path else {}


READERS: dict[str, Callable[[Request], dict[str, Any]]] = {
    "exec": _exec,
    "attach": _stream,
    "portforward": _ports,
    "proxy": _path,
}
