"""The day when a long-lived token was used last is noted on its Secret."""

from __future__ import annotations

import asyncio
from typing import Any

from wherry.apimachinery.clock import FakeClock
from wherry.apiserver.authentication.token_use import LAST_USED, TokenUse

from tests.support import run

Object = dict[str, Any]


class Writer:
    def __init__(self) -> None:
        self.written: list[Object] = []

    async def update(self, group: str, resource: str, obj: Object) -> Object:
        self.written.append(obj)
        return obj


def secret(**labels: str) -> Object:
    return {"metadata": {"name": "s", "namespace": "default", "labels": labels}}


def noted(*uses: Object) -> list[Object]:
    async def scenario() -> list[Object]:
        writer = Writer()
        use = TokenUse(writer, FakeClock())
        for one in uses:
            use.note(one)
        await asyncio.sleep(0)
        await use.close()
        return writer.written

    return run(scenario())


def test_a_use_is_noted_once_a_day() -> None:
    (written,) = noted(secret(), secret(mine="1"))
    assert written["metadata"]["labels"] == {"mine": "1", LAST_USED: "2026-01-01"}
    assert noted(secret(**{LAST_USED: "2026-01-01"})) == []
    assert len(noted(secret(**{LAST_USED: "2025-12-31"}))) == 1
