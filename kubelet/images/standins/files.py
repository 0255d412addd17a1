"""A static file server with a default page, shared by the web-server stand-ins."""

from __future__ import annotations

import html
import mimetypes
import os
from pathlib import Path
from urllib.parse import quote

from . import web


def serve(folder: str, page: str, ports: list[int], server: str, *, listing: bool = False) -> int:
    """Serves `folder`; an image comes with `page` as its index.html, a volume mounted there hides it.

    `listing`: directories without one are listed, else refused.
    """
    root = Path(os.environ.get("WHERRY_ROOT", "") + folder)
    own = page and not root.is_mount() and not (root / "index.html").exists()
    unwritten = page if own and not _laid_down(root, page) else ""

    def answer(request: web.Request) -> web.Response:
        if request.method not in ("GET", "HEAD"):
            return _error(405, "Not Allowed", server)
        relative = os.path.normpath("/" + request.path).lstrip("/")
        path = root / relative
        if path.is_dir():
            if listing and not (path / "index.html").exists():
                return _listed(path)
            path = path / "index.html"
        if path.is_file():
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            return web.Response(path.read_bytes(), content_type=kind)
        if relative in ("", "index.html") and unwritten:
            return web.Response(unwritten, content_type="text/html")
        if relative in ("", "index.html"):
            return _error(403, "Forbidden", server)
        return _error(404, "Not Found", server)

    return web.serve(answer, ports, server=server)


def _laid_down(root: Path, page: str) -> bool:
    """Where the container may write nothing there (as another user than root), the page is served without a
    file."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        (root / "index.html").write_text(page)
    except OSError:
        return False
    return True


def _listed(folder: Path) -> web.Response:
    """As Go's file server does."""
    names = sorted(entry.name + ("/" if entry.is_dir() else "") for entry in folder.iterdir())
    links = "".join(f'<a href="{quote(name)}">{html.escape(name)}</a>\n' for name in names)
    return web.Response(f"<pre>\n{links}</pre>\n", content_type="text/html; charset=utf-8")


def _error(status: int, text: str, server: str) -> web.Response:
    name = server.partition(" ")[0]
    body = (
        f"<html>\n<head><title>{status} {text}</title></head>\n<body>\n<h1>{status} {text}</h1>\n<hr>{name}\n"
    )
    return web.Response(body + "</body>\n</html>\n", status, "text/html")
