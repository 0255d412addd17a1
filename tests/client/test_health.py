"""The health port of a component's process."""

from __future__ import annotations

from collections.abc import Callable

import aiohttp
import pytest
from wherry.client import health

from tests.e2e.local import free_port
from tests.support import run

CHECKS = {"/healthz": health.well, "/readyz": lambda: "not yet"}


def answer(path: str, metrics: Callable[[], bytes] | None = None) -> tuple[int, str]:
    async def scenario() -> tuple[int, str]:
        port = free_port()
        texts = {"/metrics": metrics} if metrics else {}
        served = health.served("127.0.0.1", port, CHECKS, texts)
        async with served, aiohttp.ClientSession() as session:
            found = await session.get(f"http://127.0.0.1:{port}{path}")
            return found.status, await found.text()

    return run(scenario())


@pytest.mark.parametrize(("path", "status", "text"), [("/healthz", 200, "ok"), ("/readyz", 503, "not yet")])
def test_each_path_has_its_check(path: str, status: int, text: str) -> None:
    assert answer(path) == (status, text)


def test_metrics_are_made_when_asked_for() -> None:
    assert answer("/metrics", lambda: b"a 1\n") == (200, "a 1\n")
    assert answer("/metrics")[0] == 404


def test_what_checks_found_is_counted() -> None:
    async def scenario() -> str:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        async with health.served("127.0.0.1", port, CHECKS), aiohttp.ClientSession() as session:
            for path in ("/healthz", "/healthz", "/readyz"):
                await session.get(url + path)
            return await (await session.get(f"{url}/metrics/slis")).text()

    text = run(scenario())
    for line in (
        'kubernetes_healthcheck{name="ping",type="healthz"} 1',
        'kubernetes_healthcheck{name="informer-sync",type="readyz"} 0',
        'kubernetes_healthchecks_total{name="ping",status="success",type="healthz"} 2',
        'kubernetes_healthchecks_total{name="informer-sync",status="error",type="readyz"} 1',
    ):
        assert line in text


def test_nothing_is_served_without_a_port() -> None:
    async def scenario() -> None:
        async with health.served("256.0.0.1", 0, CHECKS):
            pass

    run(scenario())
