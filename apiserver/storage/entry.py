"""A cached object: the parsed dict and the exact bytes to send, made once per write."""

from __future__ import annotations

from typing import Any

from ...apimachinery import jsonio
from .contract import KeyValue

Object = dict[str, Any]


class Entry:
    """One version of one object. Shared by every reader: neither `obj` nor anything in it may be changed
    (copy with `jsonio.clone`)."""

    __slots__ = ("data", "key", "message", "obj", "revision")

    def __init__(self, key: str, obj: Object, data: bytes, revision: int) -> None:
        self.key = key
        self.obj = obj
        self.data = data
        """The object as JSON, with `metadata.resourceVersion` being `revision`."""
        self.revision = revision
        self.message: bytes | None = None
        """The object as a protobuf message, once somebody asked for it."""

    def __repr__(self) -> str:
        return f"Entry({self.key!r} at {self.revision})"


def decode(kv: KeyValue) -> Entry:
    """The entry of a stored version that no writer of this process handed over."""
    obj = jsonio.loads(kv.value)
    revision = str(kv.mod_revision)
    if obj["metadata"].get("resourceVersion") == revision:
        return Entry(kv.key, obj, kv.value, kv.mod_revision)
    obj["metadata"]["resourceVersion"] = revision
    return Entry(kv.key, obj, jsonio.kept(obj), kv.mod_revision)


def restamp(entry: Entry, revision: int) -> Entry:
    """The same state under a later revision, as deletion events show it. `entry` stays as it is."""
    metadata = {**entry.obj["metadata"], "resourceVersion": str(revision)}
    obj = {**entry.obj, "metadata": metadata}
    return Entry(entry.key, obj, jsonio.kept(obj), revision)
