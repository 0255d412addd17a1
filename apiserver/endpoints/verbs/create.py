"""POST to a collection."""

from __future__ import annotations

from ....apimachinery import errors
from .. import body, negotiation, options, render, write
from ..exchange import Request, Response
from ..scope import Scope
from ..server import Server


async def create(server: Server, scope: Scope, request: Request) -> Response:
    out = negotiation.wanted(request.headers.get(b"accept"), scope)
    data = await body.read(request)
    opts = options.write(request, "CreateOptions")
    decoded = body.decode(request, data, scope)
    body.enforce(request, decoded.problems, opts.validation, scope.body_kind, scope.body_version)
    check_namespace(scope, decoded.obj, request.info.namespace)
    todo = write.asked(request, opts, options.manager(request, opts))
    done = await write.create(server, scope, todo, decoded.obj)
    return answer(server, scope, request, out, done)


def check_namespace(scope: Scope, obj: dict[str, object], namespace: str) -> None:
    """400 when the object names another namespace than the path."""
    meta = obj.get("metadata")
    given = meta.get("namespace") if isinstance(meta, dict) else None
    if given and given != namespace:
        if not scope.namespaced:
            return
        raise errors.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )


def answer(
    server: Server,
    scope: Scope,
    request: Request,
    out: negotiation.Output,
    done: write.Written,
) -> Response:
    """The response of any write: 201 when it created."""
    status = 201 if done.created else 200
    now = server.clock.now()
    if done.entry is not None and not request.info.subresource and scope.convert is None:
        response = render.entry(request, scope, out, done.entry, now, status)
    else:
        response = render.obj(request, scope, out, done.obj, now, status)
    request.warnings += done.warnings
    return response
