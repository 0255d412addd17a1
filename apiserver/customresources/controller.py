"""Decides a definition's names and conditions, and drains its instances when it is deleted.

Source: apiextensions-apiserver pkg/controller/{status,establish,finalizer,apiapproval}.
"""

from __future__ import annotations

import asyncio
import logging

from ...apimachinery import errors, jsonio
from ...apimachinery.clock import Clock, rfc3339
from .. import background
from ..endpoints.internal import InternalWriter
from ..registry.apiextensions import approval
from ..registry.apiextensions.conditions import (
    FINALIZER,
    NAMES_ACCEPTED,
    condition,
    holds,
    with_condition,
)
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
        self._taken: dict[str, Taken] = {}
        """By group."""
        self._refused: dict[str, dict[str, None]] = {}
        """By group: the definitions that wait for names. Only a few of many do."""
        self._wake = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._drains: dict[str, asyncio.Task[None]] = {}
        served.cache.listen(self._take)
        for entry in served.cache.entries():
            self._follow(None, entry.obj)

    async def close(self) -> None:
        tasks = [task for task in (self._worker, *self._drains.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take(self, change: Change) -> None:
        old, new = change.previous, change.entry
        self._follow(old.obj if old is not None else None, new.obj if new is not None else None)

    def _follow(self, old: Object | None, new: Object | None) -> None:
        raw = new or old
        assert raw is not None
        name, group = raw["metadata"]["name"], raw["spec"]["group"]
        taken, refused = self._taken.setdefault(group, Taken()), self._refused.setdefault(group, {})
        refused.pop(name, None)
        if old is not None:
            taken.drop(old)
        if new is not None:
            taken.put(new)
            if not holds(new, NAMES_ACCEPTED):
                refused[name] = None
            self._add(name)
        if old is not None and _accepted(old) and _accepted(old) != (new and _accepted(new)):
            for other in refused:
                self._add(other)
        if not taken and not refused:
            del self._taken[group], self._refused[group]

    def _add(self, name: str) -> None:
        self._waiting[name] = None
        self._wake.set()
        if self._worker is None:
            self._worker = background.start(self._work(), "custom resource definitions")

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
        verdict = judge(raw, self._taken[raw["spec"]["group"]])
        new.setdefault("status", {})["acceptedNames"] = verdict.accepted
        with_condition(new, verdict.names, now)
        with_condition(new, verdict.established, now)
        approved = approval.condition(raw)
        if approved is not None:
            with_condition(new, approved, now)
        return new


def _accepted(raw: Object) -> Object:
    found: Object = (raw.get("status") or {}).get("acceptedNames") or {}
    return found
