"""Reading a request's body: size limit, media type, decoding into the kind a route expects."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple, NoReturn

from ...apimachinery import errors, jsonio, protobuf
from ...apimachinery.gvk import GroupVersion, GroupVersionKind, parse_group_version
from ...apimachinery.schema.registry import Schema, builtin
from ...apimachinery.schema.strict import DecodeError
from ...apimachinery.serializer import bounds, go_json, json_strict, yaml_io
from .. import lifetime
from . import negotiation
from .dormant import DORMANT
from .exchange import Request
from .scope import Scope

LIMIT = 3 * 1024 * 1024
SCHEME = "pkg/api/legacyscheme/scheme.go:30"
SCHEMES = {
    "apiextensions.k8s.io": "k8s.io/apiextensions-apiserver/pkg/apiserver/apiserver.go:55",
    "apiregistration.k8s.io": "k8s.io/kube-aggregator/pkg/apiserver/scheme/scheme.go:28",
}
"""Where upstream registers kinds: these groups have servers of their own."""
META_KINDS = frozenset({"Status", "APIGroup", "APIResourceList", "APIVersions", "APIGroupList"})


Reader = Callable[[Schema, dict[str, Any], list[str]], list[str]]
"""Makes a JSON object one of the schema's kind, in place; returns the strict-decoding problems."""


class Decoded(NamedTuple):
    """The typed object (unknown fields dropped) and the strict-decoding problems found."""

    obj: dict[str, Any]
    problems: list[str]


async def read(request: Request, limit: int = LIMIT) -> bytes:
    """The whole body. 413 above `limit` bytes, 400 when the client leaves in the middle of it. TimeIsUp when
    it sends for longer than requests may last."""
    message = await request.receive()
    body = _part(message)
    if message.get("more_body"):
        async with lifetime.bounded():
            return await _rest(request, body, limit)
    _check_size(len(body), limit)
    return body


async def _rest(request: Request, first: bytes, limit: int) -> bytes:
    chunks, size, more = [first], len(first), True
    while more:
        message = await request.receive()
        chunks.append(_part(message))
        size += len(chunks[-1])
        _check_size(size, limit)
        more = bool(message.get("more_body"))
    return b"".join(chunks)


def _part(message: dict[str, Any]) -> bytes:
    """What came of a body. 400 when no more will: half an object must not pass for a whole one."""
    if message["type"] == "http.disconnect":
        raise errors.bad_request("unexpected EOF")
    part: bytes = message.get("body", b"")
    return part


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise errors.too_large(f"Request entity too large: limit is {limit}")


def hint(body: bytes) -> str:
    """How upstream shows a body that it could not read: as text when it begins like JSON, else as hex."""
    if not body:
        return "<empty>"
    if body[:1] == b"{":
        text = body[:30].decode("utf-8", "replace")
        return text + " ..." if len(body) > 30 else text
    return body[:30].hex() + " ..." if len(body) > 30 else body.hex()


def parse(body: bytes, media: str, api_version: str = "v1", kind: str = "") -> tuple[Any, list[str]]:
    """The JSON value of a body and its duplicate keys. ValueError with Go's text. A protobuf body that does
    not say what it is is what the route expects: `kind` in `api_version`."""
    try:
        value, problems = _parsed(body, media, api_version, kind)
        if isinstance(value, dict):
            bounds.check_count(value, len(body))
    except bounds.TooManyError as error:
        raise errors.too_large(str(error)) from None
    return value, problems


def _parsed(body: bytes, media: str, api_version: str, kind: str) -> tuple[Any, list[str]]:
    if media == negotiation.PROTOBUF_TYPE:
        value = protobuf.decode(body, GroupVersionKind(*parse_group_version(api_version), kind))[1]
        bounds.encoded(value)
        return value, []
    if media == negotiation.YAML_TYPE:
        return yaml_io.loads(body)
    return json_strict.loads(body)


def media_type(request: Request) -> str:
    media = negotiation.body_type(request.headers.get(b"content-type"))
    if not media:
        raise errors.unsupported_media_type(negotiation.ACCEPTED)
    return media


STILL_TAKEN = {("policy/v1beta1", "Eviction"): "policy/v1"}
"""Bodies of versions that are no longer served, but of the same shape and still taken for another one."""


def check_kind(value: Any, api_version: str, kind: str, known: frozenset[tuple[str, str]]) -> None:
    """Raises ValueError (type meta unreadable) or StatusError (another kind than the route's)."""
    if value is None:
        return
    _check_type_meta(value)
    given_kind, given_version = value.get("kind") or kind, value.get("apiVersion") or api_version
    if given_kind == kind and given_version == api_version:
        return
    given_version = given_version.removeprefix("/") or api_version
    if given_kind == kind and STILL_TAKEN.get((given_version, kind)) == api_version:
        return
    if given_kind != kind or given_version != api_version:
        _refuse_other(value, given_version, given_kind, api_version, kind, known)


def _check_type_meta(value: Any) -> None:
    """ValueError when a body is no object, or names its type by anything but texts."""
    if not isinstance(value, dict):
        raise ValueError(go_json.no_object(value))
    for name in ("kind", "apiVersion"):
        given = value.get(name)
        if given is not None and not isinstance(given, str):
            raise ValueError(go_json.misfit(given, "string", f".{name}"))


def check_custom(value: Any, api_version: str) -> None:
    """`check_kind` for a custom resource: it must name its type; a wrong kind is left to its
    validation. ValueError, StatusError."""
    if value is not None:
        _check_type_meta(value)
    if not value or not value.get("kind"):
        raise errors.bad_request("Object 'Kind' is missing in 'object has no kind field '")
    given = value.get("apiVersion") or ""
    if given != api_version:
        parse_group_version(given)
        raise errors.bad_request(
            f"the API version in the data ({given}) does not match the expected API version ({api_version})"
        )


def _refuse_other(
    value: dict[str, Any],
    given_version: str,
    given_kind: str,
    api_version: str,
    kind: str,
    known: frozenset[tuple[str, str]],
) -> NoReturn:
    """400 for a body of another kind or version: what it names is decoded first, and converted then."""
    version = parse_group_version(given_version)
    given = (given_version, given_kind)
    if given in known or given in DORMANT or given_kind in META_KINDS:
        why = _undecodable(value, version, given_kind)
        if not why and given_kind == kind:
            raise errors.bad_request(
                f"the API version in the data ({given_version}) does not match the expected API version "
                f"({api_version})"
            )
        internal = (parse_group_version(api_version).group or "core").split(".")[0]
        why = why or f"converting ({version.version}.{given_kind}) to ({internal}.{kind}): unknown conversion"
    else:
        scheme = SCHEMES.get(parse_group_version(api_version).group, SCHEME)
        why = f'no kind "{given_kind}" is registered for version "{given_version}" in scheme "{scheme}"'
    raise errors.bad_request(
        f'{given_kind} in version "{version.version}" cannot be handled as a {kind}: {why}'
    )


def _undecodable(value: dict[str, Any], version: GroupVersion, kind: str) -> str:
    """Why the body is not even of the kind that it names; empty when it is."""
    schema = builtin(version.group, version.version, kind)
    if schema is None:
        return ""
    try:
        schema.decode(jsonio.clone(value))
    except DecodeError as error:
        return str(error)
    return ""


def decode(request: Request, body: bytes, scope: Scope) -> Decoded:
    """The object a create or update sends, for `scope`'s kind, defaulted. 400 and 415 with upstream's
    texts."""
    decoded = decode_as(request, body, scope, scope.schema, scope.body_kind, scope.body_api_version)
    scope.apply_defaults(decoded.obj)
    return decoded


def decode_as(
    request: Request, body: bytes, scope: Scope, schema: Schema | None, kind: str, api_version: str
) -> Decoded:
    """The object a request sends where the route expects another kind than the resource's own (Binding,
    Scale)."""
    assert schema is not None
    media = media_type(request)
    try:
        value, duplicates = parse(body, media, api_version, kind)
    except protobuf.ProtobufError as error:
        raise _no_message(kind, error, body) from None
    except ValueError as error:
        prefix = go_json.TYPE_PREFIX if media == negotiation.JSON_TYPE else ""
        raise _unreadable(kind, prefix + str(error), body) from None
    try:
        if scope.custom and schema is scope.schema:
            check_custom(value, api_version)
        else:
            check_kind(value, api_version, kind, scope.known_kinds)
    except ValueError as error:
        raise _unreadable(kind, type_problem(error), body) from None
    if media == negotiation.JSON_TYPE:
        return typed(value or {}, duplicates, schema, kind, api_version, body)
    found = typed(value or {}, [], schema, kind, api_version)
    return found._replace(problems=[*duplicates, *found.problems])


def type_problem(error: ValueError) -> str:
    """What `check_kind` found, in the words of the decoder around it."""
    prefix = "" if str(error).startswith("unexpected GroupVersion") else go_json.TYPE_PREFIX
    return prefix + str(error)


def _no_message(kind: str, error: protobuf.ProtobufError, body: bytes) -> errors.StatusError:
    if error.gvk is None:
        return _unreadable(kind, str(error), body)
    _, version, given = error.gvk
    return errors.bad_request(f'{given} in version "{version}" cannot be handled as a {kind}: {error}')


def _unreadable(kind: str, why: str, body: bytes) -> errors.StatusError:
    return errors.bad_request(
        f"the object provided is unrecognized (must be of type {kind}): {why} ({hint(body)})"
    )


def typed(
    value: dict[str, Any],
    duplicates: list[str],
    schema: Schema,
    kind: str,
    api_version: str,
    source: bytes = b"",
) -> Decoded:
    """Checks a JSON object against a kind's schema; `source` is its text, for quoting numbers in errors."""
    try:
        problems = decode_keeping_resets(schema, value, duplicates, source)
    except DecodeError as error:
        version = api_version.rpartition("/")[2]
        raise errors.bad_request(
            f'{kind} in version "{version}" cannot be handled as a {kind}: {error}'
        ) from None
    # A custom resource of a wrong kind is refused by its validation.
    value["kind"], value["apiVersion"] = value.get("kind") or kind, api_version
    return Decoded(value, problems)


def decode_keeping_resets(
    schema: Schema, value: dict[str, Any], duplicates: list[str], source: bytes = b""
) -> list[str]:
    """`schema.decode`, but an empty managedFields list stays: it asks to forget all owners. DecodeError."""
    meta = value.get("metadata")
    forget = isinstance(meta, dict) and meta.get("managedFields") == []
    problems = schema.decode(value, duplicates, source)
    if forget:
        value.setdefault("metadata", {})["managedFields"] = []
    return problems


def restore_keeping_resets(
    schema: Schema, value: dict[str, Any], duplicates: list[str], kept: Collection[str] = ()
) -> list[str]:
    """`decode_keeping_resets` for strategic patches, which upstream reads with another decoder. `kept` are
    the fields that the patch did not reach. DecodeError."""
    meta = value.get("metadata")
    forget = isinstance(meta, dict) and meta.get("managedFields") == []
    problems = schema.restore(value, duplicates, kept)
    if forget:
        value.setdefault("metadata", {})["managedFields"] = []
    return problems


def enforce(request: Request, problems: list[str], validation: str, kind: str, version: str) -> None:
    """What `fieldValidation` makes of strict-decoding problems: warnings, or 400."""
    if not problems or validation == "Ignore":
        return
    if validation == "Strict":
        text = ", ".join(yaml_io.together(problems))
        raise errors.bad_request(
            f'{kind} in version "{version}" cannot be handled as a {kind}: strict decoding error: {text}'
        )
    request.warnings += problems
