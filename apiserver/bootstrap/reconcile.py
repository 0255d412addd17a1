"""Brings the default objects into the store: creates what is missing, repairs what is the server's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from ...apimachinery import jsonio
from ...apimachinery.errors import StatusError, is_reason
from . import api_services, cluster, flow_control, rbac
from .cluster import BootstrapSettings
from .default import Default, ObjectWriter


def defaults(settings: BootstrapSettings) -> list[Default]:
    """Every default object, namespaces first."""
    return [
        *cluster.namespaces(),
        *rbac.defaults(),
        *cluster.defaults(settings),
        *flow_control.defaults(settings.now),
        *api_services.defaults(settings.now),
    ]


async def reconcile(settings: BootstrapSettings, writer: ObjectWriter) -> None:
    """Safe to run at any time and by several servers at once. Raises an ExceptionGroup of the refused writes.

    Writes go out together, so that the store commits them in a few transactions.
    """
    await restore(writer, cluster.namespaces())
    await restore(writer, [d for d in defaults(settings) if d.resource != "namespaces"])


async def restore(writer: ObjectWriter, wanted: Iterable[Default]) -> None:
    """Brings those of the objects that are missing or not as they have to be. Raises an ExceptionGroup of the
    refused writes."""
    pending = [d for d in wanted if _needs_work(writer, d)]
    async with asyncio.TaskGroup() as group:
        for default in pending:
            group.create_task(bring(writer, default), name=f"bootstrap {default.resource}/{default.name}")


def _needs_work(writer: ObjectWriter, default: Default) -> bool:
    found = writer.get(default.group, default.resource, default.namespace, default.name)
    if found is None or (default.status is not None and not found.get("status")):
        return True
    return default.merge(found, default.obj) is not None


async def bring(writer: ObjectWriter, default: Default) -> None:
    """Creates one default object, or restores what of it is the server's own. Raises StatusError."""
    group, resource = default.group, default.resource
    found = writer.get(group, resource, default.namespace, default.name)
    if found is None:
        try:
            found = await writer.create(group, resource, jsonio.clone(default.obj))
        except StatusError as error:
            # Another server was faster; whatever it wrote is as good.
            if not is_reason(error, "AlreadyExists"):
                raise
            return
    else:
        changed = default.merge(found, default.obj)
        if changed is not None:
            found = await writer.update(group, resource, jsonio.clone(changed))
    if default.status is not None and not found.get("status"):
        await writer.update_status(group, resource, {**jsonio.clone(found), "status": default.status})
