"""The entries of `metadata.managedFields`: reading, merging, capping, ordering."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from . import paths
from .fieldset import Fields, union

MAX_UPDATERS = 10
"""More Update managers than that are merged, the oldest first."""
SHARED = 2048
"""How many sets of fields are kept to be shared."""
OLD_CHANGES = "ancient-changes"


class Identity(NamedTuple):
    """What makes two entries the same manager. `api_version` is empty for Apply: one entry for all
    versions."""

    manager: str
    operation: str
    api_version: str
    subresource: str

    def encoded(self) -> str:
        """Upstream's key of a manager; conflicts are listed in its order."""
        parts = {"manager": self.manager, "operation": self.operation, "apiVersion": self.api_version}
        parts["subresource"] = self.subresource
        return orjson.dumps({name: text for name, text in parts.items() if text}).decode()


class Owned(NamedTuple):
    """The fields of one manager. `time` is RFC 3339 or empty."""

    api_version: str
    time: str
    fields: Fields


Managers = dict[Identity, Owned]


def identify(manager: str, operation: str, api_version: str, subresource: str) -> Identity:
    version = "" if operation == "Apply" else api_version
    return Identity(manager or "unknown", operation, version, subresource)


def read(managed: Iterable[Any], trusted: bool) -> Managers:
    """ValueError when an entry is malformed; `trusted` ones (as stored) are taken as they are."""
    out: Managers = {}
    for entry in managed:
        if not trusted:
            _check(entry)
        fields = entry.get("fieldsV1") or {}
        version = entry.get("apiVersion", "")
        identity = Identity(
            entry.get("manager", ""),
            entry["operation"],
            "" if entry["operation"] == "Apply" else version,
            entry.get("subresource", ""),
        )
        out[identity] = Owned(
            version, entry.get("time") or "", fields if trusted else paths.normalize(fields)
        )
    return out


def _check(entry: Any) -> None:
    if not isinstance(entry, dict) or entry.get("operation") not in ("Apply", "Update"):
        raise ValueError("operation must be `Apply` or `Update`")
    if not entry.get("apiVersion"):
        raise ValueError("apiVersion must not be empty")
    if entry.get("fieldsType") != "FieldsV1":
        raise ValueError("invalid fieldsType")


def is_reset(managed: Any) -> bool:
    """An empty list, or one empty entry, asks to forget all owners."""
    if not isinstance(managed, list):
        return False
    if len(managed) != 1:
        return not managed
    entry = managed[0] or {}
    return entry.get("fieldsV1") is None and not any(entry.values())


def write(managers: Managers) -> list[dict[str, Any]]:
    """The list as it is stored: Apply before Update, then by time, manager, version, subresource."""
    if len(managers) == 1:
        return [_entry(identity, owned) for identity, owned in managers.items()]
    rows = sorted(
        managers.items(),
        key=lambda row: (
            row[0].operation,
            row[1].time,
            row[0].manager,
            row[1].api_version,
            row[0].subresource,
        ),
    )
    return [_entry(identity, owned) for identity, owned in rows]


def same_but_times(left: Iterable[Any], right: Iterable[Any]) -> bool:
    """Whether two lists have the same entries but for their times."""
    return _timeless(left) == _timeless(right)


def _timeless(managed: Iterable[Any]) -> list[dict[str, Any]]:
    return [{name: value for name, value in entry.items() if name != "time"} for entry in managed]


def _entry(identity: Identity, owned: Owned) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if identity.manager:
        out["manager"] = identity.manager
    out["operation"] = identity.operation
    out["apiVersion"] = owned.api_version
    if owned.time:
        out["time"] = owned.time
    out["fieldsType"] = "FieldsV1"
    out["fieldsV1"] = owned.fields
    if identity.subresource:
        out["subresource"] = identity.subresource
    return out


def ordered(fields: Fields) -> Fields:
    """Equal fields with the elements of every level in order, as upstream serializes them.

    They are shared and stay as they are: thousands of objects that one manager writes have the same."""
    return _parsed(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS))


@lru_cache(SHARED)
def _parsed(data: bytes) -> Fields:
    out: Fields = orjson.loads(data)
    return out


def cap(managers: Managers) -> Managers:
    """Merges the oldest Update managers of a version into one until at most MAX_UPDATERS are left."""
    if len(managers) <= MAX_UPDATERS:
        return managers
    updaters = [
        (owned.time, identity.encoded(), identity)
        for identity, owned in managers.items()
        if identity.operation == "Update"
    ]
    excess = len(updaters) - MAX_UPDATERS
    if excess <= 0:
        return managers
    out = dict(managers)
    first: dict[str, Identity] = {}
    for _, _, identity in sorted(updaters):
        if excess <= 0:
            break
        owned = managers[identity]
        bucket = Identity(OLD_CHANGES, "Update", owned.api_version, "")
        oldest = first.setdefault(owned.api_version, identity)
        if oldest is identity:
            continue
        if bucket not in out:
            out[bucket] = out.pop(oldest)
        merged = ordered(union(owned.fields, out[bucket].fields))
        out.pop(identity, None)
        out[bucket] = Owned(owned.api_version, owned.time, merged)
        excess -= 1
    return out
