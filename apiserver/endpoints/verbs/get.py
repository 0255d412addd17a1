"""GET of one object."""

from __future__ import annotations

from ....apimachinery import errors, field, strconv
from .. import negotiation, render
from ..exchange import Request, Response
from ..scope import Scope
from ..server import Server
from .list import future


async def get(server: Server, scope: Scope, request: Request) -> Response:
    out = negotiation.wanted(request.headers.get(b"accept"), scope)
    info = request.info
    if request.query:
        _check_query(request, scope)
    found = scope.cache.get(info.namespace, info.name) if scope.namespaced else scope.cache.get("", info.name)
    if found is None:
        raise errors.not_found(scope.group, scope.plural, info.name)
    if scope.views is not None:
        found = await scope.seen(found)
    return render.entry(request, scope, out, found, server.clock.now())


def _check_query(request: Request, scope: Scope) -> None:
    if request.arg("export") in ("1", "true"):
        raise errors.bad_request("the export parameter, deprecated since v1.14, is no longer supported")
    version = request.arg("resourceVersion")
    try:
        number = strconv.parse_uint(version or "0")
    except ValueError as error:
        text = f"resourceVersion: Invalid value: {field.quote(version)}: {error}"
        raise errors.StatusError(500, "", text) from None
    if number > scope.cache.revision:
        raise future(number, scope.cache.revision)
