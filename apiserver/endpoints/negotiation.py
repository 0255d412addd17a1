"""Which representation a client asked for: Accept and Content-Type, as upstream's negotiated serializer."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from ...apimachinery.errors import StatusError, not_acceptable

JSON_TYPE = "application/json"
YAML_TYPE = "application/yaml"
PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf"
ACCEPTED = (JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE)
STREAMS = (f"{JSON_TYPE};stream=watch", f"{PROTOBUF_TYPE};stream=watch")
META_VERSIONS = ("v1", "v1beta1")
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


def _clauses(accept: str) -> list[tuple[float, str, dict[str, str]]]:
    found = []
    for part in accept.split(","):
        media, *params = part.strip().split(";")
        values = {}
        for param in params:
            name, _, value = param.strip().partition("=")
            values[name.strip()] = value.strip()
        try:
            quality = float(values.pop("q", "1"))
        except ValueError:
            quality = 1.0
        found.append((quality, media.strip(), values))
    found.sort(key=lambda clause: -clause[0])
    return found


def _unavailable(listing: bool) -> StatusError:
    offered = ", ".join(ACCEPTED + STREAMS if listing else ACCEPTED)
    message = f"406: Not Acceptable\n\nAvailable representations: {offered}"
    return StatusError(406, "NotAcceptable", message, {})


@lru_cache(maxsize=256)
def output(accept: bytes | None, listing: bool = False, watch: bool = False) -> Output:
    """The first acceptable clause, best quality first. `listing` says the route also streams (lists), which
    only changes the error's text.

    Raises 406: nothing offered matches, or a transformation that is not known.
    """
    if accept is None or not accept.strip():
        return PLAIN
    clauses = _clauses(accept.decode("latin-1"))
    served = ACCEPTED
    if not any(media in served or media == "*/*" for _, media, _ in clauses):
        raise _unavailable(listing)
    for _, media, params in clauses:
        if media == "*/*":
            return PLAIN
        if media in served and (found := _accept(media, params, watch)):
            return found
    raise not_acceptable(ACCEPTED if not watch else (JSON_TYPE, PROTOBUF_TYPE))


def _accept(media: str, params: dict[str, str], watch: bool) -> Output | None:
    if watch and media == YAML_TYPE:
        return None
    stream = params.get("stream", "")
    if stream not in ("", "watch"):
        return None
    pretty = params.get("pretty", "") in ("1", "true")
    kind, version, group = params.get("as", ""), params.get("v", ""), params.get("g", "")
    if not kind:
        return Output(media, pretty=pretty, stream=stream)
    if kind not in TRANSFORMS or group != "meta.k8s.io" or version not in META_VERSIONS:
        return None
    return Output(media, kind, version, pretty, stream)


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
