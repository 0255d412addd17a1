"""Decides a definition's names and conditions, and drains its instances when it is deleted.

Source: apiextensions-apiserver pkg/controller/{status,establish,finalizer,apiapproval}.
"""

from __future__ import annotations

import asyncio
import logging

from ...apimachinery import errors, jsonio
from ...apimachinery.clock import Clock, rfc3339
from ..endpoints.internal import InternalWriter
from ..registry.apiextensions import approval
from ..registry.apiextensions.conditions import FINALIZER, NAMES_ACCEPTED, condition, with_condition
from ..registry.strategy import Object
from ..storage.change import Change
from .definition import GROUP, PLURAL
from .drain import Drain
from .names import Taken, judge
from .served import CustomResources

log = logging.getLogger("wherry.apiserver")
RETRY = 1.0
"""Seconds after which what failed is tried again."""


class Controller:
    """One worker over the names of definitions, started by the first of them. `close` ends it."""

    def __init__(self, served: CustomResources, writer: InternalWriter, clock: Clock, drain: Drain) -> None:
        self._served, self._writer, self._clock, self._drain = served, writer, clock, drain
        self._waiting: dict[str, None] = {}
        self._by_group: dict[str, set[str]] = {}
        self._wake = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._drains: dict[str, asyncio.Task[None]] = {}
        served.cache.listen(self._take)
        for entry in served.cache.entries():
            self._by_group.setdefault(entry.obj["spec"]["group"], set()).add(entry.obj["metadata"]["name"])
            self._add(entry.obj["metadata"]["name"])

    async def close(self) -> None:
        tasks = [task for task in (self._worker, *self._drains.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take(self, change: Change) -> None:
        entry = change.entry or change.previous
        assert entry is not None
        name, group = entry.obj["metadata"]["name"], entry.obj["spec"]["group"]
        if change.entry is not None:
            self._by_group.setdefault(group, set()).add(name)
            self._add(name)
        else:
            self._by_group.get(group, set()).discard(name)
        if change.entry is None or _frees_names(change):
            for other in self._by_group.get(group, ()):
                self._add(other)

    def _add(self, name: str) -> None:
        self._waiting[name] = None
        self._wake.set()
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="custom resource definitions")

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            if not self._waiting:
                self._wake.clear()
                continue
            name = next(iter(self._waiting))
            del self._waiting[name]
            try:
                await self.sync(name)
            except errors.StatusError as error:
                if not errors.is_reason(error, "NotFound", "Conflict"):
                    log.error("definition %s: %s", name, error)
                    await self._clock.sleep(RETRY)
                self._add(name)
            except Exception:
                log.exception("definition %s", name)

    async def sync(self, name: str) -> None:
        """Brings one definition's status up to date. StatusError when it cannot be written."""
        entry = self._served.cache.get("", name)
        if entry is None:
            return
        raw = entry.obj
        if raw["metadata"].get("deletionTimestamp"):
            if FINALIZER in (raw["metadata"].get("finalizers") or ()) and name not in self._drains:
                task = asyncio.create_task(self._drained(name), name=f"drain {name}")
                self._drains[name] = task
            if condition(raw, NAMES_ACCEPTED) is not None:
                return
        new = self._judged(raw)
        if new["status"] != raw.get("status"):
            await self._writer.update_status(GROUP, PLURAL, new)

    async def _drained(self, name: str) -> None:
        try:
            await self._drain.run(name)
        finally:
            del self._drains[name]

    def _judged(self, raw: Object) -> Object:
        new: Object = jsonio.clone(raw)
        now = rfc3339(self._clock.now())
        others = self._by_group.get(raw["spec"]["group"], set()) - {raw["metadata"]["name"]}
        found = (self._served.cache.get("", other) for other in others)
        verdict = judge(raw, Taken(entry.obj for entry in found if entry is not None))
        new.setdefault("status", {})["acceptedNames"] = verdict.accepted
        with_condition(new, verdict.names, now)
        with_condition(new, verdict.established, now)
        approved = approval.condition(raw)
        if approved is not None:
            with_condition(new, approved, now)
        return new


def _frees_names(change: Change) -> bool:
    """Whether an update may give back names that others of the group wait for."""
    if change.entry is None or change.previous is None:
        return False
    new, old = change.entry.obj.get("status") or {}, change.previous.obj.get("status") or {}
    return bool(old.get("acceptedNames")) and new.get("acceptedNames") != old.get("acceptedNames")
