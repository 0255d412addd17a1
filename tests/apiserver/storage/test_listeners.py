"""Listeners of a watch cache: every change, before its writer goes on."""

from __future__ import annotations

from pathlib import Path

from wherry.apiserver.storage.change import Change

from tests.apiserver.storage.stores import config_map, opened
from tests.support import run


def test_a_listener_has_seen_a_change_when_its_writer_goes_on(folder: Path) -> None:
    async def scenario() -> None:
        async with opened("memory", folder) as storage:
            cache = storage.cache("", "configmaps")
            seen: list[Change] = []
            cache.listen(seen.append)
            await cache.create("default", "a", config_map("a"))
            assert [(c.entry is not None, c.previous is not None) for c in seen] == [(True, False)]
            await cache.delete("default", "a")
            assert [(c.entry is not None, c.previous is not None) for c in seen[1:]] == [(False, True)]

    run(scenario())
