"""GET of a collection: selectors, paging over a snapshot, resourceVersion semantics."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from ....apimachinery import errors, field
from ....apimachinery.field import FieldError
from ...storage.contract import Compacted, FutureRevision
from ...storage.entry import Entry
from ...storage.listing import Listing, Page
from ...storage.watch_cache import WatchCache
from .. import negotiation, options, render
from ..exchange import Request, Response
from ..scope import Scope
from ..selection import Selection, selection
from ..server import Server

MATCHES = ("Exact", "NotOlderThan", "")
TOO_LARGE = "Too large resource version"


class Continue(NamedTuple):
    """Where a page ended: the snapshot's revision (-1: any) and the last key, relative to the resource."""

    revision: int
    start: str


async def list_(server: Server, scope: Scope, request: Request) -> Response:
    out = negotiation.wanted(request.headers.get(b"accept"), scope, True)
    now = server.clock.now()
    if not request.query:
        entries = await seen(scope, scope.cache.entries(request.info.namespace))
        return render.listing(request, scope, out, entries, list_meta(scope.cache.revision), now)
    check_options(request)
    chosen = selection(scope, request)
    limit = options.parse_int(request.arg("limit")) if "limit" in request.query else 0
    token = request.arg("continue")
    start = decode_continue(token, request) if token else None
    revision = _revision(scope, request, start)
    source = await _source(scope, revision, start)
    at = revision or scope.cache.revision
    found = await _read(scope, request.info.namespace, chosen, source, start, limit)
    shown, meta = _described(found, at, chosen)
    return render.listing(request, scope, out, shown, meta, now)


async def seen(scope: Scope, entries: Sequence[Entry]) -> Sequence[Entry]:
    """Stored entries as the scope's version shows them."""
    return entries if scope.views is None else await scope.views(entries)


def list_meta(revision: int) -> dict[str, Any]:
    return {"resourceVersion": str(revision)}


def check_options(request: Request) -> None:
    """ListOptions' own rules. 422, or 400 for numbers."""
    problems: list[FieldError] = []
    match, version = request.arg("resourceVersionMatch"), request.arg("resourceVersion")
    watch = options.parse_bool(request.arg("watch", "0"))
    initial = request.query.get("sendInitialEvents")
    if initial is not None and not watch:
        problems.append(field.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    elif initial is not None:
        problems += _initial_events(match)
        if request.arg("continue"):
            text = "resourceVersionMatch is forbidden when continue is provided"
            problems.append(field.forbidden("resourceVersionMatch", text))
    elif match and watch:
        text = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        problems.append(field.forbidden("resourceVersionMatch", text))
    elif match:
        problems += _version_match(request, match, version)
    if problems:
        raise errors.invalid("meta.k8s.io", "ListOptions", "", problems)
    if "timeoutSeconds" in request.query:
        options.parse_int(request.arg("timeoutSeconds"))


def _initial_events(match: str) -> list[FieldError]:
    problems = []
    if match != "NotOlderThan":
        text = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        problems.append(field.forbidden("resourceVersionMatch", text))
    if match and match != "NotOlderThan":
        problems.append(field.not_supported("resourceVersionMatch", match, ["NotOlderThan"]))
    return problems


def _version_match(request: Request, match: str, version: str) -> list[FieldError]:
    problems = []
    if not version:
        text = "resourceVersionMatch is forbidden unless resourceVersion is provided"
        problems.append(field.forbidden("resourceVersionMatch", text))
    if request.arg("continue"):
        text = "resourceVersionMatch is forbidden when continue is provided"
        problems.append(field.forbidden("resourceVersionMatch", text))
    if match not in MATCHES:
        problems.append(field.not_supported("resourceVersionMatch", match, MATCHES))
    if match == "Exact" and version == "0":
        text = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
        problems.append(field.forbidden("resourceVersionMatch", text))
    return problems


def parse_version(text: str) -> int:
    """A resourceVersion for reading. ValueError with Go's text."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"strconv.ParseUint: parsing {field.quote(text)}: invalid syntax")
    if int(text) >= 2**64:
        raise ValueError(f"strconv.ParseUint: parsing {field.quote(text)}: value out of range")
    return int(text)


def _revision(scope: Scope, request: Request, start: Continue | None) -> int:
    """The exact revision to read at, or 0 for the newest."""
    text = request.arg("resourceVersion")
    if start is not None:
        if text not in ("", "0"):
            raise errors.bad_request("specifying resource version is not allowed when using continue")
        return max(start.revision, 0)
    if not text:
        return 0
    try:
        version = parse_version(text)
    except ValueError as error:
        shown = field.quote(text)
        raise errors.bad_request(
            f"invalid resource version: resourceVersion: Invalid value: {shown}: {error}"
        ) from None
    if version > scope.cache.revision:
        raise future(version, scope.cache.revision)
    exact = request.arg("resourceVersionMatch") == "Exact"
    limited = request.arg("limit") not in ("", "0") and not request.arg("resourceVersionMatch")
    return version if exact or (limited and version) else 0


def future(version: int, current: int) -> errors.StatusError:
    """The 504 for a revision that is not written yet."""
    error = errors.timeout(f"{TOO_LARGE}: {version}, current: {current}", 1)
    assert error.details is not None
    error.details["causes"] = [{"reason": "ResourceVersionTooLarge", "message": TOO_LARGE}]
    return error


async def _source(scope: Scope, revision: int, start: Continue | None) -> WatchCache | Listing:
    """What holds the objects as of `revision` (0: now); to be read before the next await."""
    if not revision or revision == scope.cache.revision:
        return scope.cache
    try:
        return await scope.cache.snapshot(revision)
    except Compacted:
        raise _expired(scope, revision, start) from None
    except FutureRevision as error:
        raise future(revision, error.current) from None


async def _read(
    scope: Scope,
    namespace: str,
    chosen: Selection,
    source: WatchCache | Listing,
    start: Continue | None,
    limit: int,
) -> Page:
    """Up to `limit` matching entries from `start` on, in key order."""
    after = scope.cache.prefix + start.start if start else ""
    if chosen.everything:
        part = source.page(namespace, after=after, limit=max(limit, 0))
        return part if scope.views is None else Page(await scope.views(part.entries), part.remaining)
    if source is scope.cache and not scope.several:
        found = candidates(scope, namespace, chosen)
    else:
        found = source.entries(namespace)
    shown = await seen(scope, [entry for entry in found if entry.key > after])
    # With a selector a page tells whether there is more, not how much.
    return _cut(chosen.filter(shown, limit + 1 if limit > 0 else None), limit)


def candidates(scope: Scope, namespace: str, chosen: Selection) -> list[Entry]:
    """The entries that may match, by the best index there is."""
    name = chosen.exact_field("metadata.name")
    inside = chosen.exact_field("metadata.namespace")
    if inside is not None and namespace and inside != namespace:
        return []
    space = namespace or inside or ""
    if name is not None and (space or not scope.namespaced):
        entry = scope.cache.get(space, name)
        return [entry] if entry else []
    node = chosen.exact_field("spec.nodeName")
    fields = (
        {"spec.nodeName": node} if node is not None and "spec.nodeName" in scope.resource.indexed else None
    )
    return scope.cache.select(space, labels=chosen.labels.exact, fields=fields)


def page(
    entries: list[Entry], limit: int, revision: int, chosen: Selection
) -> tuple[list[Entry], dict[str, Any]]:
    """The first `limit` (0: all) of `entries` and the metadata of their list."""
    return _described(_cut(entries, limit), revision, chosen)


def _cut(entries: list[Entry], limit: int) -> Page:
    if limit <= 0 or len(entries) <= limit:
        return Page(entries, 0)
    return Page(entries[:limit], len(entries) - limit)


def _described(found: Page, revision: int, chosen: Selection) -> tuple[list[Entry], dict[str, Any]]:
    """A page's entries and its list's metadata, which says how to go on."""
    meta = list_meta(revision)
    if found.remaining:
        prefix = chosen.scope.cache.prefix
        meta["continue"] = encode_continue(Continue(revision, found.entries[-1].key[len(prefix) :]))
        if chosen.everything:
            meta["remainingItemCount"] = found.remaining
    return found.entries, meta


def encode_continue(mark: Continue) -> str:
    """Upstream's token: base64 of `{"v":"meta.k8s.io/v1","rv":…,"start":"ns/name\\u0000"}`."""
    value = {"v": "meta.k8s.io/v1", "rv": mark.revision, "start": mark.start + "\0"}
    return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()


def decode_continue(token: str, request: Request) -> Continue:
    """400 for a token this server did not make."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        raise _bad_token("illegal base64 data at input byte 0") from None
    try:
        value = orjson.loads(raw)
        version, revision, start = value.get("v", ""), int(value.get("rv", 0)), value.get("start", "")
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError):
        shown = _go_char(raw[:1])
        raise _bad_token(f"invalid character {shown} looking for beginning of value") from None
    if version != "meta.k8s.io/v1":
        raise _bad_token(f"server does not recognize this encoded version {version}")
    if not start:
        raise _bad_token(f"encoded start key empty (version {version})")
    return Continue(revision, str(start).removesuffix("\0"))


def _go_char(raw: bytes) -> str:
    """A byte as Go's %q prints a rune of an invalid JSON text."""
    code = raw[0] if raw else 0
    if 0x80 <= code <= 0x9F:
        return f"'\\u{code:04x}'"
    if code < 0x20 or code == 0x7F:
        return f"'\\x{code:02x}'"
    return f"'{chr(code)}'"


def _bad_token(why: str) -> errors.StatusError:
    return errors.bad_request(f"invalid continue token: continue key is not valid: {why}")


def _expired(scope: Scope, revision: int, start: Continue | None) -> errors.StatusError:
    """410; a page that expired carries a token that goes on with the newest state, inconsistently."""
    if start is None:
        oldest = scope.cache.revision
        return errors.expired(f"The resourceVersion for the provided list is too old: {revision} ({oldest})")
    message = (
        "The provided continue parameter is too old to display a consistent list result. You can start a new "
        "list without the continue parameter, or use the continue token in this response to retrieve the "
        "remainder of the results. Continuing with the provided token results in an inconsistent list - "
        "objects that were created, modified, or deleted between the time the first chunk was returned and "
        "now may show up in the list."
    )
    error = errors.expired(message)
    error.list_meta = {"continue": encode_continue(Continue(-1, start.start))}
    return error
