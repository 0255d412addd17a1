"""managedFields bookkeeping around a write."""

from __future__ import annotations

from ...apimachinery import managedfields
from ..registry.strategy import Object
from .scope import Scope


def record(
    scope: Scope, live: Object | None, new: Object, *, manager: str, now: str, subresource: str = ""
) -> None:
    """Sets `new`'s managedFields to what they are after `manager` wrote it over `live`."""
    requested = new["metadata"].get("managedFields")
    fields = managedfields.after_write(
        live,
        new,
        live["metadata"].get("managedFields", ()) if live else (),
        manager=manager,
        api_version=scope.api_version,
        time=now,
        subresource=subresource,
        node=scope.node,
        reset=scope.resets(subresource),
        convert=scope.other_version if scope.siblings else None,
        # Upstream does not see an empty list in a custom resource.
        requested=requested if requested or not scope.custom else None,
        doubtful=scope.custom and (scope.outgrown(live) or _says_more(scope, live, new, subresource)),
    )
    if fields:
        new["metadata"]["managedFields"] = fields
    else:
        new["metadata"].pop("managedFields", None)


def _says_more(scope: Scope, live: Object | None, new: Object, subresource: str) -> bool:
    """Whether an object comes with another status than the stored one, or a status with another object: what
    is not to be written, nobody validates."""
    if not scope.strategy.has_status:
        return False
    was = live or {}
    if not subresource:
        return "status" in new and new["status"] != was.get("status")
    return any(was.get(name) != value for name, value in new.items() if name not in ("metadata", "status"))


async def settled(
    scope: Scope, live: Object | None, new: Object, *, manager: str, now: str, subresource: str = ""
) -> None:
    """`record`, waiting for a webhook that must show the object in other versions. Where that fails nobody
    owns anything any more, as upstream has it: the write itself goes on."""

    if not scope.custom:
        record(scope, live, new, manager=manager, now=now, subresource=subresource)
        return

    def work() -> None:
        record(scope, live, new, manager=manager, now=now, subresource=subresource)

    def give_up() -> None:
        new["metadata"].pop("managedFields", None)

    await scope.settle(work, give_up)
