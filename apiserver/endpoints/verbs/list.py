"""GET of a collection: selectors, paging over a snapshot, resourceVersion semantics."""

from __future__ import annotations

import base64
import posixpath
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from ....apimachinery import errors, field, strconv
from ....apimachinery.field import FieldError
from ....apimachinery.schema import gobase64
from ...storage.contract import Compacted, FutureRevision
from ...storage.entry import Entry
from ...storage.listing import Listing, Page
from ...storage.watch_cache import WatchCache
from .. import negotiation, options, render
from ..exchange import Request, Response
from ..scope import Scope
from ..selection import Selection, read_selectors, selection
from ..server import Server

MATCHES = ("Exact", "NotOlderThan", "")
WITH_CONTINUE = "resourceVersionMatch is forbidden when continue is provided"
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
    shown, meta = await wanted(scope, request, *choice(scope, request))
    return render.listing(request, scope, out, shown, meta, now)


async def wanted(
    scope: Scope, request: Request, chosen: Selection, limit: int
) -> tuple[list[Entry], dict[str, Any]]:
    """The entries that the request's options (`choice`) choose, and the metadata of their list."""
    token = request.arg("continue")
    start = decode_continue(token) if token else None
    revision = _revision(scope, request, start)
    if start is None and request.arg("resourceVersion") == "0":
        # Whatever a cache holds, and upstream's cache has no pages.
        limit = 0
    source = await _source(scope, revision, start)
    at = revision or scope.cache.revision
    return _described(await _read(scope, request.info.namespace, chosen, source, start, limit), at, chosen)


def choice(scope: Scope, request: Request) -> tuple[Selection, int]:
    """What the options of a list, watch or deletecollection choose, and `limit`. What is not even readable
    (400) is told before what contradicts itself (422) and what cannot be selected by (400)."""
    numbers = {
        name: options.parse_int(request.arg(name))
        for name in ("timeoutSeconds", "limit")
        if name in request.query
    }
    selectors = read_selectors(request)
    check_options(request)
    chosen = selection(scope, *selectors)
    name = request.info.name
    if name and chosen.exact_field("metadata.name") not in (None, name):
        raise errors.bad_request("fieldSelector metadata.name doesn't match requested name")
    return chosen, numbers.get("limit", 0)


async def seen(scope: Scope, entries: Sequence[Entry]) -> Sequence[Entry]:
    """Stored entries as the scope's version shows them."""
    return entries if scope.views is None else await scope.views(entries)


def list_meta(revision: int) -> dict[str, Any]:
    return {"resourceVersion": str(revision)}


def check_options(request: Request) -> None:
    """ListOptions' own rules. 422."""
    match, initial = request.arg("resourceVersionMatch"), "sendInitialEvents" in request.query
    problems: list[FieldError] = []
    if options.parse_bool(request.arg("watch", "0")):
        if not (match or initial) and request.arg("resourceVersion") in ("", "0"):
            # What a watch without a revision of its own means, said in the newer way.
            match, initial = "NotOlderThan", True
        problems += _watch_problems(request, match, initial)
    else:
        problems += _version_match(request, match) if match else []
        if initial:
            text = "sendInitialEvents is forbidden for list"
            problems.append(field.forbidden("sendInitialEvents", text))
    if problems:
        raise errors.invalid("meta.k8s.io", "ListOptions", "", problems)


def _watch_problems(request: Request, match: str, initial: bool) -> list[FieldError]:
    problems = []
    if initial and match != "NotOlderThan":
        text = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        problems.append(field.forbidden("resourceVersionMatch", text))
    if match and not initial:
        text = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        problems.append(field.forbidden("resourceVersionMatch", text))
    if match not in ("", "NotOlderThan"):
        problems.append(field.not_supported("resourceVersionMatch", match, ["NotOlderThan"]))
    if match and request.arg("continue"):
        problems.append(field.forbidden("resourceVersionMatch", WITH_CONTINUE))
    return problems


def _version_match(request: Request, match: str) -> list[FieldError]:
    problems, version = [], request.arg("resourceVersion")
    if not version:
        text = "resourceVersionMatch is forbidden unless resourceVersion is provided"
        problems.append(field.forbidden("resourceVersionMatch", text))
    if request.arg("continue"):
        problems.append(field.forbidden("resourceVersionMatch", WITH_CONTINUE))
    if match not in MATCHES:
        problems.append(field.not_supported("resourceVersionMatch", match, MATCHES))
    if match == "Exact" and version == "0":
        text = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
        problems.append(field.forbidden("resourceVersionMatch", text))
    return problems


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
        version = strconv.parse_uint(text)
    except ValueError as error:
        shown = field.quote(text)
        raise errors.bad_request(
            f"invalid resource version: resourceVersion: Invalid value: {shown}: {error}"
        ) from None
    exact = request.arg("resourceVersionMatch") == "Exact"
    limited = request.arg("limit") not in ("", "0") and not request.arg("resourceVersionMatch")
    exactly = exact or (limited and version > 0)
    if version > scope.cache.revision:
        raise future(version, scope.cache.revision, 0 if exactly else 1)
    return version if exactly else 0


def future(version: int, current: int, retry_after: int = 1) -> errors.StatusError:
    """The 504 for a revision that is not written yet. What asks for exactly that one need not try again."""
    error = errors.timeout(f"{TOO_LARGE}: {version}, current: {current}", retry_after)
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
        raise future(revision, error.current, 0) from None


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


def decode_continue(token: str) -> Continue:
    """400 for a token this server did not make."""
    try:
        raw = gobase64.decode_raw_url(token)
    except ValueError as error:
        raise _bad_token(str(error)) from None
    try:
        value = orjson.loads(raw)
        version, revision, start = value.get("v", ""), int(value.get("rv", 0)), value.get("start", "")
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError):
        shown = _go_char(raw[:1])
        raise _bad_token(f"invalid character {shown} looking for beginning of value") from None
    if version != "meta.k8s.io/v1":
        raise _bad_token(f"server does not recognize this encoded version {version}")
    if revision == 0:
        raise _bad_token(f"incorrect encoded start resourceVersion (version {version})")
    if not start:
        raise _bad_token(f"encoded start key empty (version {version})")
    key = str(start) if str(start).startswith("/") else f"/{start}"
    if posixpath.normpath(key) != key or key.startswith("//"):
        raise _bad_token(start)
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
