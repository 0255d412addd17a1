"""Health is answered without FastAPI, which is imported when one of its pages is first wanted."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from ..harness import Api, drive


def test_a_start_does_not_import_fastapi() -> None:
    program = "import sys, wherry.apiserver.main; print('fastapi' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


def test_the_app_is_made_once_whoever_asks_first() -> None:
    async def scenario(api: Api) -> None:
        with ThreadPoolExecutor(4) as threads:
            made = list(threads.map(lambda _: api.app.pages.make(), range(4)))
        assert all(app is made[0] for app in made)
        assert (await api.get("/version")).json["major"] == "1"

    drive(scenario)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "FROB"])
@pytest.mark.parametrize("path", ["/livez", "/readyz/ping", "/healthz?verbose"])
def test_health_may_be_asked_with_any_method(method: str, path: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask(method, path)
        assert (reply.status, reply.header("x-content-type-options")) == (200, "nosniff")
        assert reply.header("content-type") == "text/plain; charset=utf-8"
        assert reply.header("cache-control") == "no-cache, private"

    drive(scenario)


@pytest.mark.parametrize("path", ["/healthz/", "/livez/none", "/readyzz", "/readyz/ping/more"])
def test_there_is_no_page_for_what_is_no_check(path: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(path)
        assert (reply.status, reply.text) == (404, "404 page not found\n")

    drive(scenario)
