"""PATCH: JSON patch, merge patch, strategic merge patch, server-side apply."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import orjson

from ....apimachinery import errors, field, jsonio, managedfields
from ....apimachinery.clock import rfc3339
from ....apimachinery.patch import json_patch, merge_patch, strategic
from ....apimachinery.schema.strict import DecodeError
from ....apimachinery.serializer import go_format, json_strict, yaml_io
from ...registry.strategy import Object
from .. import body, managed, negotiation, options, write
from ..exchange import Request, Response
from ..prepare import parse_resource_version
from ..scope import Described, Scope
from ..server import Server
from .create import answer, check_namespace
from .update import check_name

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
CUSTOM_PATCHES = (JSON_PATCH, MERGE_PATCH, APPLY_PATCH)
"""What custom resources take, in the order in which an error lists it."""


class Patched(NamedTuple):
    """The outcome of a patch, not yet typed."""

    value: Any
    problems: list[str]
    """Keys given twice in the patch."""
    shown: Callable[[], str]
    """What an error says was patched: the object, or for a strategic patch the patch."""
    reordered: bool = False
    """Whether the text that `shown` gives is the object, with its keys in upstream's order."""
    read: body.Reader = body.decode_keeping_resets


Apply = Callable[[Object], Patched]


async def read(scope: Scope, request: Request) -> tuple[str, bytes, options.WriteOptions]:
    """The kind of patch, its text and its options. 413, 415, 422."""
    media = request.header(b"content-type").split(";")[0].strip()
    if scope.custom and media not in CUSTOM_PATCHES:
        raise errors.unsupported_media_type(CUSTOM_PATCHES)
    if media not in PATCHERS:
        raise errors.StatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    data = await body.read(request)
    return media, data, options.write(request, "PatchOptions", apply=media == APPLY_PATCH)


async def patch(server: Server, scope: Scope, request: Request) -> Response:
    out = negotiation.wanted(request.headers.get(b"accept"), scope)
    media, data, opts = await read(scope, request)
    if media == APPLY_PATCH:
        return await _apply(server, scope, request, out, data, opts)
    return await _patch(server, scope, request, out, PATCHERS[media], data, opts)


def _json(scope: Described, data: bytes) -> Apply:
    operations, problems = json_patch.decode(data)

    def apply(old: Object) -> Patched:
        value = json_patch.apply(old, operations)
        return Patched(
            value,
            problems,
            lambda: (
                _sorted(value) if scope.custom else _written(value, json_patch.touched(operations)).decode()
            ),
            reordered=True,
        )

    return apply


def _merge(scope: Described, data: bytes) -> Apply:
    change, problems = merge_patch.decode(data)

    def apply(old: Object) -> Patched:
        value = merge_patch.apply(old, change)
        return Patched(
            value,
            problems,
            lambda: _sorted(value) if scope.custom else _written(value, change).decode(),
            reordered=True,
        )

    return apply


def _strategic(scope: Described, data: bytes) -> Apply:
    change, problems = strategic.decode(data)

    def apply(old: Object) -> Patched:
        left = jsonio.clone(change)
        value = strategic.consume(old, left, scope.node)
        reader = partial(body.restore_keeping_resets, kept=_unreached(scope, old, change))
        return Patched(value, problems, lambda: go_format.show(left), read=reader)

    return apply


def _unreached(scope: Described, old: Object, change: Object) -> set[str]:
    """The fields of a stored object, such as a pod's spec, that a patch of its status leaves as they are."""
    if scope.several or any(key.startswith("$") for key in change):
        return set()
    return old.keys() - change.keys() - {"apiVersion", "kind", "metadata"}


def _sorted(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _written(value: Any, change: Any) -> bytes:
    """The object as upstream's merge leaves it: keys are sorted where the patch went, else as they were."""
    if isinstance(value, list) and isinstance(change, dict):
        return b"[" + b",".join(_written(item, change.get(str(i))) for i, item in enumerate(value)) + b"]"
    if not isinstance(value, dict) or not isinstance(change, dict):
        return jsonio.dumps(value)
    fields = (jsonio.dumps(name) + b":" + _written(value[name], change.get(name)) for name in sorted(value))
    return b"{" + b",".join(fields) + b"}"


PATCHERS: dict[str, Callable[[Described, bytes], Apply]] = {
    JSON_PATCH: _json,
    MERGE_PATCH: _merge,
    STRATEGIC_PATCH: _strategic,
    APPLY_PATCH: _strategic,
}


async def _patch(
    server: Server,
    scope: Scope,
    request: Request,
    out: negotiation.Output,
    patcher: Callable[[Described, bytes], Apply],
    data: bytes,
    opts: options.WriteOptions,
) -> Response:
    info = request.info
    if scope.cache.get(info.namespace, info.name) is None:
        raise errors.not_found(scope.group, scope.plural, info.name)
    who = options.manager(request, opts)
    apply = patcher(scope, data)
    warnings: list[str] = []

    async def change(old: Object) -> Object:
        new = typed(scope, apply(old), opts, warnings, info.name)
        check_namespace(scope, new, info.namespace)
        check_name(new, info.name)
        now = rfc3339(server.clock.now())
        await managed.settled(scope, old, new, manager=who, now=now, subresource=info.subresource)
        return new

    todo = write.asked(request, opts, who)
    try:
        done = await write.update(server, scope, todo, change)
    finally:
        request.warnings += warnings
    return answer(server, scope, request, out, done)


def typed(
    scope: Described, patched: Patched, opts: options.WriteOptions, warnings: list[str], name: str
) -> Object:
    """The patched JSON as an object of the kind. 422 with what was patched in the message when it is none."""
    value: Object = jsonio.clone(patched.value)
    if not scope.custom:
        _check_version(value, patched, opts, warnings, name)
    try:
        _check_type(scope, value, patched)
        problems = patched.read(scope.schema, value, patched.problems)
        if patched.reordered and len(problems) > 1:
            problems = patched.read(scope.schema, orjson.loads(patched.shown()), patched.problems)
    except DecodeError as error:
        problem = field.invalid("patch", patched.shown(), str(error))
        raise errors.invalid("", "", "", [problem]) from None
    if problems and opts.validation == "Strict":
        problem = field.invalid("patch", patched.shown(), f"strict decoding error: {', '.join(problems)}")
        raise errors.invalid("", "", "", [problem])
    if problems and opts.validation != "Ignore":
        warnings[:] = problems
    scope.apply_defaults(value)
    return value


def _check_version(
    value: Object, patched: Patched, opts: options.WriteOptions, warnings: list[str], name: str
) -> None:
    """Upstream's decoder that finds no version finds no metadata and no other field either."""
    if not isinstance(value, dict) or value.get("apiVersion"):
        return
    unknown = [f'unknown field "{key}"' for key in sorted(value) if key not in ("kind", "apiVersion")]
    if unknown and opts.validation == "Strict":
        problem = field.invalid("patch", patched.shown(), f"strict decoding error: {', '.join(unknown)}")
        raise errors.invalid("", "", "", [problem])
    if opts.validation != "Ignore":
        warnings[:] = unknown
    check_name({}, name)


def _check_type(scope: Described, value: Object, patched: Patched) -> None:
    """DecodeError when the patched JSON is of another type; a custom resource only has to name one."""
    if scope.custom:
        if not isinstance(value, dict) or not value.get("kind"):
            raise DecodeError(f"Object 'Kind' is missing in '{patched.shown()}'")
        return
    if not isinstance(value, dict):
        raise DecodeError(_kind_problem(scope, value))
    if not value.get("kind"):
        value["kind"] = scope.kind
    if (value["kind"], value.get("apiVersion")) != (scope.kind, scope.api_version):
        raise DecodeError(_kind_problem(scope, value))


def _kind_problem(scope: Described, value: Object) -> str:
    try:
        body.check_kind(value, scope.api_version, scope.kind, scope.known_kinds)
    except errors.StatusError as error:
        return error.message.split(": ", 1)[-1]
    except ValueError as error:
        return body.type_problem(error)
    return "Object 'Kind' is missing"


async def _apply(
    server: Server,
    scope: Scope,
    request: Request,
    out: negotiation.Output,
    data: bytes,
    opts: options.WriteOptions,
) -> Response:
    info = request.info
    change, problems = applied(scope, data)
    check_namespace(scope, change, info.namespace)
    change.setdefault("metadata", {})

    def merged(live: Object | None) -> Object:
        new = managedfields.apply(
            live,
            change,
            manager=opts.manager,
            force=opts.force,
            api_version=scope.api_version,
            kind=scope.kind,
            time=rfc3339(server.clock.now()),
            subresource=info.subresource,
            node=scope.node,
            reset=scope.resets(info.subresource),
            convert=scope.other_version if scope.siblings else None,
            doubtful=scope.outgrown(live),
        )
        enforce(request, problems, opts.validation)
        problems.clear()
        # Parts that the apply left alone are the stored object's own, which nobody may change.
        own: Object = jsonio.clone(new)
        finish(scope, own, change)
        check_name(own, info.name)
        return own

    async def changed(old: Object) -> Object:
        return await scope.settle(lambda: merged(old))

    async def fresh() -> Object:
        _check_no_uid(scope, info.name, change)
        new = await scope.settle(lambda: merged(None))
        parse_resource_version(new["metadata"].pop("resourceVersion", None))
        return new

    todo = write.asked(request, opts, opts.manager)
    done = await write.update(
        server, scope, todo, changed, create_from=None if info.subresource else fresh, recorded=True
    )
    return answer(server, scope, request, out, done)


def enforce(request: Request, problems: list[str], validation: str) -> None:
    """What `fieldValidation` makes of keys given twice in what is applied: warnings, or 400."""
    if problems and validation == "Strict":
        why = f"error converting YAML to JSON: {yaml_io.together(problems)[0]}"
        raise errors.bad_request(f"error strict decoding YAML: {why}")
    if validation != "Ignore":
        request.warnings += problems


def _check_no_uid(scope: Scope, name: str, change: Object) -> None:
    """409 for a change that names an object there was once."""
    meta = change.get("metadata")
    uid = meta.get("uid") if isinstance(meta, dict) else None
    if uid:
        why = f"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
        raise errors.conflict(scope.group, scope.plural, name, why)


def finish(scope: Described, obj: Object, change: Object) -> None:
    """Types and defaults an object that `change` was merged into, in place. 500 as upstream when the result
    does not fit the kind."""
    try:
        if scope.custom:
            scope.schema.decode(obj)
        else:
            scope.schema.convert(obj)
    except DecodeError as error:
        raise errors.StatusError(500, "", f"{_unconverted(scope, change)}: {error}") from None
    scope.default_merged(obj)


def _unconverted(scope: Described, change: Object) -> str:
    kind = managedfields.show_kind(scope.api_version, scope.kind)
    shown = managedfields.show_object(change, scope.api_version, scope.kind)
    return (
        f"failed to convert new object ({shown}) to proper version: "
        f"unable to convert unstructured object to {kind}"
    )


def applied(scope: Described, data: bytes) -> tuple[Object, list[str]]:
    try:
        value, problems = yaml_io.loads(data)
    except ValueError as error:
        raise errors.bad_request(f"error decoding YAML: error converting YAML to JSON: {error}") from None
    try:
        return json_strict.require_object(value), problems
    except ValueError as error:
        prefix = "error decoding YAML: error unmarshaling JSON: while decoding JSON"
        raise errors.bad_request(f"{prefix}: {error}") from None
