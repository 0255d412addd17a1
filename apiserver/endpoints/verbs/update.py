"""PUT of one object or its status."""

from __future__ import annotations

from typing import Any

from ....apimachinery import errors, jsonio
from ....apimachinery.clock import rfc3339
from ...registry.strategy import Object
from .. import body, managed, negotiation, options, write
from ..exchange import Request, Response
from ..scope import Scope
from ..server import Server
from .create import answer, check_namespace


async def update(server: Server, scope: Scope, request: Request) -> Response:
    out = negotiation.wanted(request.headers.get(b"accept"), scope)
    info = request.info
    data = await body.read(request)
    opts = options.write(request, "UpdateOptions")
    decoded = body.decode(request, data, scope)
    body.enforce(request, decoded.problems, opts.validation, scope.body_kind, scope.body_version)
    check_name(decoded.obj, info.name)
    check_namespace(scope, decoded.obj, info.namespace)
    if scope.namespaced:
        decoded.obj["metadata"].setdefault("namespace", info.namespace)
    who = options.manager(request, opts)
    todo = write.asked(request, opts, who, whole=True)

    async def change(old: Object) -> Object:
        new: Object = jsonio.clone(decoded.obj)
        now = rfc3339(server.clock.now())
        await managed.settled(scope, old, new, manager=who, now=now, subresource=info.subresource)
        return new

    async def fresh() -> Object:
        obj: Object = jsonio.clone(decoded.obj)
        write.check_uid(scope, todo, obj, {})
        obj["metadata"].pop("resourceVersion", None)
        return obj

    may_create = scope.strategy.allow_create_on_update and not info.subresource
    done = await write.update(server, scope, todo, change, create_from=fresh if may_create else None)
    return answer(server, scope, request, out, done)


def check_name(obj: dict[str, Any], name: str) -> None:
    """400 unless the object names itself as the path does."""
    given = obj.get("metadata", {}).get("name")
    if not given:
        raise errors.bad_request(
            f"the name of the object ({name} based on URL) was undeterminable: name must be provided"
        )
    if given != name:
        raise errors.bad_request(
            f"the name of the object ({given}) does not match the name on the URL ({name})"
        )
