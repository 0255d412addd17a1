"""Notes on Secrets with account tokens the day when their token was used last.

What nobody uses for long is taken away by the legacy-serviceaccount-token-cleaner. Source: upstream's
LegacyServiceAccountTokenTracking.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from ...apimachinery.clock import Clock
from ...apimachinery.errors import StatusError
from .. import background
from ..registry.strategy import Object

_log = logging.getLogger("wherry.apiserver")

LAST_USED = "kubernetes.io/legacy-token-last-used"
INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since"


class Writer(Protocol):
    async def update(self, group: str, resource: str, obj: Object) -> Object: ...


class TokenUse:
    """Writes at most once a day for each Secret, in a task that lives while there is something to write."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self._waiting: dict[str, Object] = {}
        self._task: asyncio.Task[None] | None = None

    def note(self, secret: Object) -> None:
        meta = secret["metadata"]
        if (meta.get("labels") or {}).get(LAST_USED) == self._today():
            return
        self._waiting[f"{meta['namespace']}/{meta['name']}"] = secret
        if self._task is None or self._task.done():
            self._task = background.start(self._write(), "uses of account tokens")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _write(self) -> None:
        while self._waiting:
            name, secret = self._waiting.popitem()
            meta = secret["metadata"]
            labels = {**(meta.get("labels") or {}), LAST_USED: self._today()}
            try:
                await self._writer.update("", "secrets", {**secret, "metadata": {**meta, "labels": labels}})
            except StatusError as error:
                # Whoever uses the token next has it noted.
                _log.info("use of the token in secret %s is not noted: %s", name, error)

    def _today(self) -> str:
        return self._clock.now().date().isoformat()
