"""The plain health port of a kubelet."""

from __future__ import annotations

import aiohttp
from wherry.kubelet.server import health

from tests.e2e.local import free_port
from tests.support import run


def answer(well: bool) -> tuple[int, str]:
    async def scenario() -> tuple[int, str]:
        port = free_port()
        async with health.served("127.0.0.1", port, lambda: well), aiohttp.ClientSession() as session:
            found = await session.get(f"http://127.0.0.1:{port}/healthz")
            return found.status, await found.text()

    return run(scenario())


def test_a_registered_node_is_well() -> None:
    assert answer(True) == (200, "ok")


def test_before_that_it_is_not() -> None:
    assert answer(False) == (503, "the node has not registered yet")


def test_nothing_is_served_without_a_port() -> None:
    async def scenario() -> None:
        async with health.served("256.0.0.1", 0, lambda: True):
            pass

    run(scenario())
