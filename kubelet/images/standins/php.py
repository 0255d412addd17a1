"""`registry.k8s.io/hpa-example`: computes for some milliseconds per request and answers "OK!"."""

from __future__ import annotations

from . import web

ROUNDS = 150_000
"""About as much time as the image's million rounds take PHP."""


def main(argv: list[str]) -> int:
    return web.serve(_index, [80], server="Apache/2.4.10 (Debian)")


def _index(request: web.Request) -> web.Response:
    x = 0.0001
    for _ in range(ROUNDS):
        x += x**0.5
    return web.Response("OK!", content_type="text/html; charset=UTF-8")
