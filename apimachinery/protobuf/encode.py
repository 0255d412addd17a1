"""JSON objects to protobuf bytes as upstream's serializer writes them: the magic `k8s\\0`, then a
runtime.Unknown that names the type and holds the message."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ..gvk import parse_group_version
from . import table, wire
from .compile import encoder
from .decode import MAGIC
from .errors import NotMarshalableError, go_type

_TAIL = b"\x1a\x00\x22\x00"
"""No content encoding, no content type."""


@lru_cache(maxsize=1024)
def message_of(api_version: str, kind: str) -> str:
    """The message of a kind, "" when it has none."""
    version = parse_group_version(api_version)
    return table.of_kind(version.group, version.version, kind)


def raw(obj: dict[str, Any]) -> bytes:
    """The object's message alone, as lists hold it. NotMarshalableError."""
    api_version, kind = obj.get("apiVersion") or "v1", obj.get("kind", "")
    name = message_of(api_version, kind)
    if not name:
        raise NotMarshalableError(go_type(api_version, kind))
    return encoder(name)(obj)


def encode(obj: dict[str, Any]) -> bytes:
    """An object with its kind and apiVersion (discovery documents may lack it), enveloped.
    NotMarshalableError."""
    data = raw(obj)
    return envelope(obj.get("apiVersion", ""), obj["kind"], data)


def envelope(api_version: str, kind: str, data: bytes) -> bytes:
    return b"".join((_head(api_version, kind), wire.length(len(data)), data, _TAIL))


@lru_cache(maxsize=1024)
def _head(api_version: str, kind: str) -> bytes:
    meta = wire.sized(1, api_version.encode()) + wire.sized(2, kind.encode())
    return MAGIC + wire.sized(1, meta) + b"\x12"


def listing(api_version: str, kind: str, meta: dict[str, Any], items: Sequence[bytes]) -> bytes:
    """A list (`kind` PodList) of messages made by `raw`, enveloped."""
    pieces = [wire.sized(1, encoder("meta.v1.ListMeta")(meta))]
    length = wire.length
    for item in items:
        pieces += (b"\x12", length(len(item)), item)
    return envelope(api_version, kind, b"".join(pieces))


def watch_frame(event: str, enveloped: bytes) -> bytes:
    """One event of a watch: a WatchEvent around an enveloped object, behind its length in four bytes."""
    data = wire.sized(1, event.encode()) + wire.sized(2, wire.sized(1, enveloped))
    return len(data).to_bytes(4, "big") + data
