"""Server-side apply of many objects, and waiting until they are ready."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..apimachinery.errors import StatusError, is_reason
from ..client.client import Client
from ..client.watch import DELETED
from ..errors import CliError
from . import kinds, readiness
from .kinds import Kind, Kinds
from .progress import Listener

MANAGER = "wherry"
Object = dict[str, Any]


class Applied(NamedTuple):
    """One object after its apply; `change` is created, configured or unchanged."""

    kind: Kind
    object: Object
    change: str

    @property
    def name(self) -> str:
        """`deployment.apps/demo`."""
        return f"{self.kind.full}/{self.object['metadata']['name']}"

    @property
    def namespace(self) -> str:
        return str(self.object["metadata"].get("namespace", ""))


class Applier:
    """Applies objects in order. A kind that is not known yet is looked up again: its CRD may have come just
    before."""

    def __init__(self, client: Client, namespace: str, *, force: bool = False) -> None:
        self._client = client
        self._namespace = namespace
        self._force = force
        self._kinds = Kinds([])

    async def apply(self, obj: Object) -> Applied:
        """StatusError when the server refuses; CliError for an unknown kind."""
        kind = await self._kind(obj)
        meta = obj["metadata"]
        namespace = (meta.get("namespace") or self._namespace) if kind.resource.namespaced else ""
        before = await self._version(kind, meta["name"], namespace)
        after = await self._client.patch(
            kind.resource,
            meta["name"],
            obj,
            namespace,
            kind="apply",
            field_manager=MANAGER,
            force=self._force,
        )
        same = before == after["metadata"].get("resourceVersion")
        return Applied(kind, after, "created" if before is None else "unchanged" if same else "configured")

    async def _kind(self, obj: Object) -> Kind:
        try:
            return self._kinds.of(obj)
        except CliError:
            self._kinds = await kinds.discover(self._client)
            return self._kinds.of(obj)

    async def _version(self, kind: Kind, name: str, namespace: str) -> str | None:
        try:
            found = await self._client.get(kind.resource, name, namespace)
        except StatusError as error:
            if is_reason(error, "NotFound"):
                return None
            raise
        version: str = found["metadata"].get("resourceVersion", "")
        return version


async def wait(client: Client, applied: Iterable[Applied], seconds: float, progress: Listener) -> None:
    """Until every object is ready. CliError when one fails for good, vanishes, or time is up."""
    todo = {one.name: one for one in applied if not _told(one, progress)}
    tasks = {
        name: asyncio.create_task(_ready(client, one, progress), name=name) for name, one in todo.items()
    }
    if not tasks:
        return
    try:
        done, pending = await asyncio.wait(
            tasks.values(), timeout=seconds, return_when=asyncio.FIRST_EXCEPTION
        )
        for task in done:
            task.result()
        if pending:
            names = ", ".join(sorted(task.get_name() for task in pending))
            raise CliError(f"not ready after {seconds:g} s: {names} (see `wherry describe`)")
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)


def _told(one: Applied, progress: Listener) -> bool:
    """Says what is ready at once; whether it was."""
    verdict = readiness.judge(one.object)
    if verdict.ready:
        progress.done(one.name, verdict.text)
    else:
        progress.waits(one.name, verdict.text)
    return verdict.ready


async def _ready(client: Client, one: Applied, progress: Listener) -> None:
    """Follows one object until its rule is met."""
    selector = f"metadata.name={one.object['metadata']['name']}"
    version = one.object["metadata"]["resourceVersion"]
    while True:
        events = client.watch(
            one.kind.resource, one.namespace, resource_version=version, field_selector=selector
        )
        async for event in events:
            version = event.object["metadata"]["resourceVersion"]
            if event.type == "BOOKMARK":
                continue
            if event.type == DELETED:
                raise CliError(f"{one.name} was deleted while waiting for it")
            verdict = readiness.judge(event.object)
            if verdict.failed:
                progress.done(one.name, verdict.text, good=False)
                raise CliError(f"{one.name} failed: {verdict.text}")
            if verdict.ready:
                progress.done(one.name, verdict.text)
                return
            progress.waits(one.name, verdict.text)
