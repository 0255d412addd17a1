"""Which representation a client asked for: Accept and Content-Type, as upstream's negotiated serializer.

Upstream negotiates twice: its router refuses what no route produces, then the endpoint looks at the clauses
with their parameters. Sources: go-restful, `k8s.io/apiserver/pkg/endpoints/handlers/negotiation`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ...apimachinery.errors import StatusError, not_acceptable

if TYPE_CHECKING:
    from .scope import Scope

JSON_TYPE = "application/json"
YAML_TYPE = "application/yaml"
PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf"
ACCEPTED = (JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE)
STREAMS = (f"{JSON_TYPE};stream=watch", f"{PROTOBUF_TYPE};stream=watch")
META_VERSIONS = ("v1", "v1beta1")
TRUE = ("1", "t", "T", "TRUE", "true", "True")
HUMANS = (b"curl", b"Wget", b"Mozilla/5.0")
TRANSFORMS = ("Table", "PartialObjectMetadata", "PartialObjectMetadataList")


class Output(NamedTuple):
    """`media` is one of ACCEPTED; `kind` a transformation ("" for the object itself) in
    meta.k8s.io/`version`."""

    media: str = JSON_TYPE
    kind: str = ""
    version: str = ""
    pretty: bool = False
    stream: str = ""


PLAIN = Output()
Allowed = Callable[[str, str, str, str], bool]
"""Whether an endpoint gives a media type, transformed into (kind, group, version) when any is not empty."""


class Clause(NamedTuple):
    """One of an Accept header's alternatives. `media` may be `*/*` or `application/*`."""

    quality: float
    media: str
    params: Mapping[str, str]

    def matches(self, media: str) -> bool:
        if self.media.endswith("/*"):
            return self.media == "*/*" or media.startswith(self.media[:-1])
        return self.media == media


def clauses(accept: str) -> list[Clause]:
    """The best one first: by quality, then the more specific one."""
    found = []
    for part in accept.split(","):
        media, *params = part.strip().split(";")
        values = {}
        for param in params:
            name, separator, value = param.partition("=")
            if separator:
                values[name.strip()] = value.strip()
        try:
            quality = float(values.pop("q", "1"))
        except ValueError:
            quality = 0.0
        media = media.strip()
        found.append(Clause(quality, "*/*" if media == "*" else media, values))
    found.sort(key=lambda clause: (-clause.quality, clause.media == "*/*", clause.media.endswith("/*")))
    return found


def _unavailable(listing: bool) -> StatusError:
    offered = ", ".join(ACCEPTED + STREAMS if listing else ACCEPTED)
    message = f"406: Not Acceptable\n\nAvailable representations: {offered}"
    return StatusError(406, "NotAcceptable", message, {})


def wanted(accept: bytes | None, scope: Scope, listing: bool = False, watch: bool = False) -> Output:
    """What a request for objects of `scope` is answered with. `listing` says the route also streams (lists),
    which only changes the error's text. Raises 406."""
    return output(accept, listing, watch, scope.custom)


@lru_cache(maxsize=512)
def output(accept: bytes | None, listing: bool = False, watch: bool = False, custom: bool = False) -> Output:
    """The first acceptable clause. Custom resources have no protobuf form and no router before them.

    Raises 406: nothing offered matches, or a transformation that is not known.
    """
    if accept is None or not accept.strip():
        return PLAIN
    text = accept.decode("latin-1")
    if not custom and not _routed(text):
        raise _unavailable(listing)
    found = choose(text, _custom if custom else _builtin)
    if found is None:
        raise not_acceptable(ACCEPTED)
    if watch and found.media == YAML_TYPE:
        raise not_acceptable(STREAMS)
    return found


@lru_cache(maxsize=512)
def untransformed_output(accept: bytes | None) -> Output:
    """For what has one form only. Raises 406."""
    if accept is not None and accept.strip() and not _routed(accept.decode("latin-1")):
        raise _unavailable(False)
    return unrouted_output(accept)


def unrouted_output(accept: bytes | None) -> Output:
    """The same where no router comes first (groups, custom resources). Raises 406."""
    if accept is None or not accept.strip():
        return PLAIN
    found = choose(accept.decode("latin-1"), untransformed)
    if found is None:
        raise not_acceptable(ACCEPTED)
    return found


@lru_cache(maxsize=512)
def reviewed_output(accept: bytes | None) -> Output:
    """For what is answered and never stored (reviews, bindings, evictions, tokens): nothing of it is a Table.
    Raises 406."""
    found = output(accept)
    if found.kind != "Table":
        return found
    text = (accept or b"").decode("latin-1")
    if (other := choose(text, _tableless)) is None:
        raise not_acceptable(ACCEPTED)
    return other


@lru_cache(maxsize=512)
def for_errors(accept: bytes | None) -> Output:
    """The format of a Status: clauses that ask for a transformation do not count, and what cannot be met is
    JSON."""
    if accept is None or not accept.strip():
        return PLAIN
    return choose(accept.decode("latin-1"), untransformed) or Output(pretty=True)


def _routed(accept: str) -> bool:
    """Whether upstream's router finds a route that produces what is accepted: it knows no `application/*`."""
    offered = (*ACCEPTED, "*/*")
    return any(part.split(";", 1)[0].strip() in offered for part in accept.split(","))


def choose(accept: str, allowed: Allowed) -> Output | None:
    """The endpoint's own negotiation."""
    for clause in clauses(accept):
        for media in ACCEPTED:
            if clause.matches(media) and (found := _accept(media, clause.params, allowed)):
                return found
    return None


def _accept(media: str, params: Mapping[str, str], allowed: Allowed) -> Output | None:
    stream = params.get("stream", "")
    if stream and (stream != "watch" or media == YAML_TYPE):
        return None
    kind, version, group = params.get("as", ""), params.get("v", ""), params.get("g", "")
    if params.get("sv", "v1") not in ("", "v1") or not allowed(media, kind, group, version):
        return None
    return Output(media, kind, version, params.get("pretty") == "1", stream)


def untransformed(media: str, kind: str, group: str, version: str) -> bool:
    return not (kind or group or version)


def _builtin(media: str, kind: str, group: str, version: str) -> bool:
    if not (kind or group or version):
        return True
    if kind not in TRANSFORMS or group != "meta.k8s.io" or version not in META_VERSIONS:
        return False
    return kind != "Table" or media != PROTOBUF_TYPE


def _tableless(media: str, kind: str, group: str, version: str) -> bool:
    return kind != "Table" and _builtin(media, kind, group, version)


def _custom(media: str, kind: str, group: str, version: str) -> bool:
    if not (kind or group or version):
        return media != PROTOBUF_TYPE
    return _builtin(media, kind, group, version)


def pretty(asked: str, agent: bytes) -> bool:
    """Whether JSON is indented, by the query's `pretty` or else for clients whose users read it."""
    return asked in TRUE if asked else agent.startswith(HUMANS)


@lru_cache(maxsize=64)
def body_type(content_type: bytes | None) -> str:
    """The media type of a body: JSON when none is given, empty when it is not one that can be read."""
    if content_type is None or not content_type:
        return JSON_TYPE
    text = content_type.decode("latin-1")
    media, *params = text.split(";")
    if "," in text or not media.strip() or any("=" not in p for p in params if p.strip()):
        return ""
    media = media.strip().lower()
    return media if media in ACCEPTED else ""
