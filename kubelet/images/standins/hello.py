"""`hello-go-gke` says hello as JSON, `hello-frontend` passes on what the Service `hello` says: the page on
connecting a frontend to a backend."""

from __future__ import annotations

import os
import urllib.error
import urllib.request

from . import web

BACKEND = "http://hello"
SECONDS = 10.0


def main(argv: list[str]) -> int:
    frontend = "frontend" in os.environ.get("WHERRY_IMAGE", "")
    return web.serve(_passed_on if frontend else _hello, [80], server="nginx" if frontend else "hello")


def _hello(request: web.Request) -> web.Response:
    return web.Response('{"message":"Hello"}\n', content_type="application/json")


def _passed_on(request: web.Request) -> web.Response:
    try:
        with urllib.request.urlopen(BACKEND + request.path, timeout=SECONDS) as answer:
            kind = answer.headers.get("Content-Type", "text/plain")
            return web.Response(answer.read(), answer.status, kind)
    except (urllib.error.URLError, OSError):
        return web.Response("<h1>502 Bad Gateway</h1>\n", 502, "text/html")
