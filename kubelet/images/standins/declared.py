"""Any image that the catalogue does not know: serves HTTP on the container's declared ports and says who it
is."""

from __future__ import annotations

import os
import socket

from . import pause, web


def main(argv: list[str]) -> int:
    ports = [int(p) for p in os.environ.get("WHERRY_PORTS", "").split(",") if p]
    image = os.environ.get("WHERRY_IMAGE", "")

    def answer(request: web.Request) -> web.Response:
        if request.path in ("/healthz", "/readyz", "/livez"):
            return web.Response("ok\n")
        return web.Response(f"{image} on {socket.gethostname()}: {request.method} {request.path}\n")

    return web.serve(answer, ports) if ports else pause.main(argv)
