"""managedFields bookkeeping around a write."""

from __future__ import annotations

from ...apimachinery import managedfields
from ..registry.strategy import Object
from .scope import Scope


def record(
    scope: Scope, live: Object | None, new: Object, *, manager: str, now: str, subresource: str = ""
) -> None:
    """Sets `new`'s managedFields to what they are after `manager` wrote it over `live`."""
    meta = new["metadata"]
    given = meta.pop("managedFields", None)
    reset_all = given == [] or given == [{}]
    old = given if given and not reset_all else (live or {}).get("metadata", {}).get("managedFields", [])
    fields = [] if reset_all else managedfields.after_write(
        live,
        new,
        old,
        manager=manager,
        operation="Update",
        api_version=scope.api_version,
        time=now,
        subresource=subresource,
        node=scope.node,
        reset=scope.resets(subresource),
    )
    if fields:
        meta["managedFields"] = fields
