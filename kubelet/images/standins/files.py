"""A static file server with a default page, shared by the web-server stand-ins."""

from __future__ import annotations

import mimetypes
import os
from pathlib import Path

from . import web


def serve(folder: str, page: str, ports: list[int], server: str) -> int:
    """Serves `folder`; the front page is `page` unless the folder has an index.html."""
    root = Path(os.environ.get("WHERRY_ROOT", "") + folder)

    def answer(request: web.Request) -> web.Response:
        if request.method not in ("GET", "HEAD"):
            return _error(405, "Not Allowed", server)
        relative = os.path.normpath("/" + request.path).lstrip("/")
        path = root / relative
        if path.is_dir():
            path = path / "index.html"
        if path.is_file():
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            return web.Response(path.read_bytes(), content_type=kind)
        if relative in ("", "index.html") and not root.is_dir():
            return web.Response(page, content_type="text/html")
        if relative in ("", "index.html"):
            return _error(403, "Forbidden", server)
        return _error(404, "Not Found", server)

    return web.serve(answer, ports, server=server)


def _error(status: int, text: str, server: str) -> web.Response:
    name = server.partition(" ")[0]
    body = (
        f"<html>\n<head><title>{status} {text}</title></head>\n<body>\n<h1>{status} {text}</h1>\n<hr>{name}\n"
    )
    return web.Response(body + "</body>\n</html>\n", status, "text/html")
