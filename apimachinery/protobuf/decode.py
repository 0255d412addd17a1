"""Protobuf bytes to JSON objects. Envelope: runtime.Unknown after the magic `k8s\\0`.

Wire format: https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

import base64
import struct
from typing import Any

from ..gvk import GroupVersionKind, parse_group_version
from . import read, table
from .errors import NotMarshalableError, ProtobufError, go_type

MAGIC = b"k8s\x00"


def decode(data: bytes, default: GroupVersionKind | None = None) -> tuple[GroupVersionKind, dict[str, Any]]:
    """The kind an enveloped object names and its JSON form, with kind and apiVersion.

    `default` fills in what the envelope does not name. A kind that has no message and is not the
    default comes back with its type only: whoever asked says why it is refused. Raises ProtobufError.
    """
    gvk, raw = unwrap(data, default)
    head = {"kind": gvk.kind, "apiVersion": gvk.api_version}
    name = table.of_kind(*gvk)
    if not name and gvk == default:
        raise ProtobufError(str(NotMarshalableError(go_type(gvk.api_version, gvk.kind))), gvk)
    return gvk, {**head, **_message(name, raw, gvk)} if name else head


def unwrap(data: bytes, default: GroupVersionKind | None = None) -> tuple[GroupVersionKind, bytes]:
    """The envelope's type and contents. Raises ProtobufError."""
    if not data:
        raise ProtobufError("empty data")
    if not data.startswith(MAGIC):
        raise ProtobufError(
            "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"
        )
    if len(data) == len(MAGIC):
        raise ProtobufError("empty body")
    unknown = _message("runtime.Unknown", data[len(MAGIC) :], None)
    meta = unknown.get("typeMeta") or {}
    return _kind(meta, default), base64.b64decode(unknown.get("raw", ""))


def _kind(meta: dict[str, str], default: GroupVersionKind | None) -> GroupVersionKind:
    group, version, kind = "", "", meta.get("kind", "")
    try:
        group, version = parse_group_version(meta.get("apiVersion", ""))
    except ValueError:
        # Upstream forgets a version that it cannot read.
        group, version = "", ""
    if default is None:
        return GroupVersionKind(group, version, kind)
    if not version:
        group, version = default.group, default.version
    return GroupVersionKind(group, version, kind or default.kind)


def _message(name: str, data: bytes, gvk: GroupVersionKind | None) -> dict[str, Any]:
    try:
        return read.message(name, data, 0, len(data), {})
    except (IndexError, struct.error):
        raise ProtobufError("unexpected EOF", gvk) from None
    except RecursionError:
        raise ProtobufError("exceeded max depth", gvk) from None
    except read.ReadError as error:
        raise ProtobufError(str(error), gvk) from None
