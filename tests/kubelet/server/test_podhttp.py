"""HTTP handed on to a pod for an API server that cannot dial it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import test_utils, web
from wherry.apimachinery.clock import FakeClock
from wherry.kubelet.server.app import NodeServer

from tests.support import run


async def _echo(request: web.Request) -> web.Response:
    body = (await request.read()).decode()
    seen = f"{request.method} {request.raw_path} {request.headers.get('X-Asked', '-')} {body}"
    return web.Response(status=202, text=seen, headers={"X-Answered": "yes"})


@contextlib.asynccontextmanager
async def node() -> AsyncIterator[tuple[test_utils.TestClient[Any, Any], int]]:
    """A node server with the pod default/p, and the port on which that pod echoes."""
    pod = web.Application()
    pod.router.add_route("*", "/{path:.*}", _echo)
    async with test_utils.TestServer(pod) as backend:
        worker = SimpleNamespace(name="default/p", sandbox=SimpleNamespace(ip="127.0.0.1"))
        pods = SimpleNamespace(find=lambda *key: worker if key == ("default", "p") else None)
        facts = SimpleNamespace(name="n", ip="127.0.0.1")
        server = NodeServer(pods, SimpleNamespace(), facts, FakeClock(), Path())  # type: ignore[arg-type]
        async with test_utils.TestClient(test_utils.TestServer(server.application())) as client:
            assert backend.port is not None
            yield client, backend.port


def ask(path: str, method: str = "GET", **more: Any) -> tuple[int, str, Any]:
    """Status, text and headers; `{port}` in `path` is the pod's."""

    async def scenario() -> tuple[int, str, Any]:
        async with node() as (client, port):
            answer = await client.request(method, path.replace("{port}", str(port)), **more)
            return answer.status, await answer.text(), answer.headers

    return run(scenario())


@pytest.mark.parametrize("path", ["/", "/a/b?x=1&y=%20", "/a%2Fb/"])
def test_path_and_query_arrive_as_they_were_sent(path: str) -> None:
    _, text, _ = ask("/podHTTP/default/p/http/{port}" + path)
    assert text == f"GET {path} - "


def test_method_headers_and_body_arrive() -> None:
    more = {"data": b"hello", "headers": {"X-Asked": "so"}}
    assert ask("/podHTTP/default/p/http/{port}/in", "POST", **more)[1] == "POST /in so hello"


def test_status_and_headers_come_back() -> None:
    status, _, headers = ask("/podHTTP/default/p/http/{port}/")
    assert (status, headers["X-Answered"]) == (202, "yes")


def test_head_has_no_body() -> None:
    assert ask("/podHTTP/default/p/http/{port}/", "HEAD")[:2] == (202, "")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/podHTTP/default/none/http/80/", 404),
        ("/podHTTP/default/p/ftp/80/", 400),
        ("/podHTTP/default/p/http/web/", 400),
        ("/podHTTP/default/p/http/1/", 503),
    ],
)
def test_what_cannot_be_reached_gets_a_status(path: str, code: int) -> None:
    status, text, _ = ask(path)
    assert status == code
    assert '"kind":"Status"' in text
