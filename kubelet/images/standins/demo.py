"""`cloudnatived/demo`: greets on port 8888. `GET /deadlock` makes the program hang, for the liveness-probe
lesson."""

from __future__ import annotations

import os
import threading

from . import web

_healthy = threading.Event()


def main(argv: list[str]) -> int:
    _healthy.set()
    greeting = os.environ.get("GREETING", "Hello, 世界")

    def answer(request: web.Request) -> web.Response:
        if not _healthy.is_set():
            # As in a deadlock: the connection is taken and never answered.
            threading.Event().wait()
        if request.path == "/healthz":
            return web.Response("OK")
        if request.path == "/deadlock":
            _healthy.clear()
            return web.Response("from now on nothing is answered\n")
        return web.Response(greeting + "\n")

    return web.serve(answer, [int(os.environ.get("PORT", "8888"))], server="demo", log=False)
