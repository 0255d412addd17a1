"""Objects and lists as the bytes a client asked for: JSON, YAML, protobuf, Table, PartialObjectMetadata."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from ...apimachinery import errors, field, protobuf
from ...apimachinery.serializer import yaml_io
from ..registry.strategy import Object
from ..storage.entry import Entry
from . import table
from .exchange import JSON, Request, Response
from .negotiation import HUMANS, JSON_TYPE, PROTOBUF_TYPE, YAML_TYPE, Output, pretty
from .scope import Described, Scope

PROTOBUF = PROTOBUF_TYPE.encode()
MEDIA = {JSON_TYPE: JSON, YAML_TYPE: YAML_TYPE.encode(), PROTOBUF_TYPE: PROTOBUF}
INCLUDES = ("None", "Metadata", "Object")


def encode(value: Any, out: Output, indent: bool) -> bytes:
    if out.media == YAML_TYPE:
        return yaml_io.dumps(value).encode()
    if out.media == PROTOBUF_TYPE:
        return _protobuf(value)
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else None)


def _protobuf(value: Any) -> bytes:
    """406 for what has no such form."""
    try:
        return protobuf.encode(value)
    except protobuf.NotMarshalableError as error:
        raise errors.StatusError(406, "NotAcceptable", str(error)) from None


def wants_pretty(request: Request, out: Output) -> bool:
    """Whether JSON is indented: said in the Accept header or the query, or known from the client."""
    agent = request.headers.get(b"user-agent", b"")
    if request.query:
        return out.pretty or pretty(request.arg("pretty"), agent)
    return out.pretty or agent.startswith(HUMANS)


def value(request: Request, out: Output, body: Any, status: int = 200) -> Response:
    """Any JSON value, in the format asked for."""
    media = MEDIA.get(out.media, b"application/json")
    return Response(encode(body, out, wants_pretty(request, out)), status, media)


def entry(
    request: Request, scope: Scope, out: Output, found: Entry, now: datetime, status: int = 200
) -> Response:
    """A stored object: its cached bytes when the client wants them plain."""
    if not out.kind and scope.convert is None:
        if out.media == JSON_TYPE and not wants_pretty(request, out):
            return Response(found.data, status)
        if out.media == PROTOBUF_TYPE:
            data = protobuf.envelope(scope.api_version, scope.kind, message(found))
            return Response(data, status, PROTOBUF)
    return obj(request, scope, out, scope.from_storage(found.obj), now, status)


def message(found: Entry) -> bytes:
    """A stored object as a protobuf message, encoded once."""
    data = found.message
    if data is None:
        data = found.message = protobuf.raw(found.obj)
    return data


def obj(
    request: Request, scope: Described, out: Output, body: Object, now: datetime, status: int = 200
) -> Response:
    """One object of the scope's kind, transformed as asked."""
    if not out.kind:
        return value(request, out, body, status)
    if out.kind == "Table":
        rows = table.rows(scope.resource, [body], include(request), now, out.version)
        meta = {"resourceVersion": body["metadata"].get("resourceVersion", "")}
        return value(request, out, table.document(scope.resource, rows, meta, out.version), status)
    if out.kind == "PartialObjectMetadataList":
        raise _mismatch(out, scope, "is not a list", scope.kind)
    shown = table.partial(body, out.version, scope.resource.converted_annotations)
    return value(request, out, shown, status)


def include(request: Request) -> str:
    """The `includeObject` policy of a Table. 400 when unknown."""
    policy = request.arg("includeObject") or "Metadata"
    if policy not in INCLUDES:
        shown = field.quote(policy)
        raise errors.bad_request(
            f"Unable to convert to Table as requested: includeObject: Invalid value: {shown}: "
            "must be 'Metadata', 'Object', 'None', or empty"
        )
    return policy


def _mismatch(out: Output, scope: Described, relation: str, kind: str) -> errors.StatusError:
    go_type = f"{(scope.group or 'core').split('.')[0]}.{kind}"
    if scope.resource.custom:
        go_type = "unstructured.UnstructuredList" if kind != scope.kind else "unstructured.Unstructured"
    message = f"you requested {out.kind}, but the requested object {relation} (*{go_type})"
    return errors.StatusError(406, "NotAcceptable", message)


def listing(
    request: Request, scope: Scope, out: Output, entries: Sequence[Entry], meta: dict[str, Any], now: datetime
) -> Response:
    """A list of stored objects (as the scope's version sees them) with its list metadata."""
    if scope.custom and not out.kind:
        meta = {"continue": "", **meta}
    if out.kind:
        return _transformed(request, scope, out, entries, meta, now)
    if scope.convert is None:
        if out.media == JSON_TYPE and not wants_pretty(request, out):
            return Response(joined(scope, entries, meta))
        if out.media == PROTOBUF_TYPE:
            messages = [message(found) for found in entries]
            data = protobuf.listing(scope.api_version, f"{scope.kind}List", meta, messages)
            return Response(data, 200, PROTOBUF)
    items = []
    for found in entries:
        item = dict(scope.from_storage(found.obj))
        if not scope.custom:
            del item["kind"], item["apiVersion"]
        items.append(item)
    body = {"kind": scope.list_kind, "apiVersion": scope.api_version, "metadata": meta, "items": items}
    return value(request, out, body)


def joined(scope: Scope, entries: Sequence[Entry], meta: dict[str, Any]) -> bytes:
    """The list's bytes from the objects' own: items carry no kind and apiVersion, which are a fixed
    prefix."""
    head = scope.list_prefix + orjson.dumps(meta)
    if not entries:
        return head + b',"items":[]}'
    cut = scope.item_cut
    # Views and one join: every further copy of a page costs more than finding its entries.
    items: list[bytes | memoryview] = [memoryview(found.data)[cut:] for found in entries]
    items[0] = b"".join((head, b',"items":[{', items[0]))
    items[-1] = b"".join((items[-1], b"]}"))
    return b",{".join(items)


def _transformed(
    request: Request, scope: Scope, out: Output, entries: Sequence[Entry], meta: dict[str, Any], now: datetime
) -> Response:
    if out.kind == "PartialObjectMetadata":
        raise _mismatch(out, scope, "is a list", scope.list_kind)
    objects = [scope.from_storage(found.obj) for found in entries]
    if out.kind == "Table":
        rows = table.rows(scope.resource, objects, include(request), now, out.version)
        return value(request, out, table.document(scope.resource, rows, meta, out.version))
    hidden = scope.resource.converted_annotations
    body = {
        "kind": "PartialObjectMetadataList",
        "apiVersion": f"meta.k8s.io/{out.version}",
        "metadata": meta,
        "items": [table.partial(o, out.version, hidden) for o in objects] or None,
    }
    return value(request, out, body)
