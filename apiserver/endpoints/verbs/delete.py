"""DELETE of one object."""

from __future__ import annotations

from typing import Any

from ....apimachinery import errors, protobuf
from ....apimachinery.gvk import parse_group_version
from ....apimachinery.schema.registry import builtin
from ....apimachinery.schema.strict import DecodeError
from .. import body, negotiation, options, render
from .. import delete as deletion
from ..exchange import Request, Response
from ..scope import Scope
from ..server import Server

META_SCHEME = "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"


async def delete(server: Server, scope: Scope, request: Request) -> Response:
    out = negotiation.wanted(request.headers.get(b"accept"), scope)
    opts = await delete_options(request)
    if opts.get("propagationPolicy") is None and opts.get("orphanDependents") is None:
        request.warnings += filter(None, [scope.strategy.propagation_warning])
    info = request.info
    namespace = info.namespace if scope.namespaced else ""
    done = await deletion.delete(server, scope, request.user, namespace, info.name, opts)
    request.warnings += done.warnings
    if done.immediate and not scope.strategy.returns_deleted:
        return render.value(request, out, success(scope, info.name, done.obj["metadata"].get("uid", "")))
    # Upstream says 202 to the deprecated option only, as older clients take it for an error.
    status = 202 if not done.immediate and opts.get("orphanDependents") is False else 200
    return render.obj(request, scope, out, done.obj, server.clock.now(), status)


def success(scope: Scope, name: str, uid: str) -> dict[str, Any]:
    """The Status of a deletion that took effect."""
    details = {"name": name}
    if scope.group:
        details["group"] = scope.group
    details["kind"] = scope.plural
    if uid:
        details["uid"] = uid
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


async def delete_options(request: Request) -> dict[str, Any]:
    """DeleteOptions from the body, or from the query when there is none. Raises 400, 415, 422."""
    data = await body.read(request)
    if not data:
        found = options.delete_from_query(request)
    else:
        found = _from_body(request, data)
    options.check_delete(found)
    return found


def _from_body(request: Request, data: bytes) -> dict[str, Any]:
    media = body.media_type(request)
    try:
        value, _ = body.parse(data, media, "v1", "DeleteOptions")
        if not isinstance(value, dict) and value is not None:
            body.check_kind(value, "v1", "DeleteOptions", frozenset())
    except protobuf.ProtobufError as error:
        raise errors.bad_request(str(error)) from None
    except ValueError as error:
        raise errors.bad_request(f"couldn't get version/kind; json parse error: {error}") from None
    found: dict[str, Any] = value or {}
    kind = found.get("kind") or "DeleteOptions"
    if kind != "DeleteOptions":
        version = parse_group_version(found.get("apiVersion") or "v1").api_version
        raise errors.bad_request(
            f'no kind "{kind}" is registered for version "{version}" in scheme "{META_SCHEME}"'
        )
    schema = builtin("", "v1", "DeleteOptions")
    assert schema is not None
    try:
        schema.decode(found)
    except DecodeError as error:
        raise errors.bad_request(str(error)) from None
    return found
