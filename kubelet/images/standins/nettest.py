"""`agnhost nettest`: counts who wrote to it, and tells."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

from . import web
from .echo import parse


def main(arguments: list[str]) -> int:
    return web.serve(State().answer, [int(parse(arguments).get("port", "8080"))], server="agnhost", log=False)


class State:
    def __init__(self) -> None:
        self._received: dict[str, int] = {}
        self._lock = threading.Lock()

    def answer(self, request: web.Request) -> web.Response:
        if request.path == "/write":
            return self._written(request)
        if request.path == "/read":
            return web.Response(json.dumps(self._told(), indent="\t"), content_type="application/json")
        if request.path == "/status":
            return web.Response("running")
        return web.Response("404 page not found\n", 404)

    def _written(self, request: web.Request) -> web.Response:
        try:
            said: dict[str, Any] = json.loads(request.body)
        except ValueError as error:
            return web.Response(f"error: {error}", 500)
        source = str(said.get("Source", ""))
        with self._lock:
            self._received[source] = self._received.get(source, 0) + 1
        return web.Response(json.dumps({"Hostname": socket.gethostname()}), content_type="application/json")

    def _told(self) -> dict[str, Any]:
        with self._lock:
            received = dict(self._received)
        return {
            "Hostname": socket.gethostname(), "Sent": {}, "Received": received, "Errors": [], "Log": [],
            "StillContactingPeers": True,
        }  # fmt: skip
