"""`e2e-test-images/nautilus`: the update demo's page, which says in data.json which picture it shows."""

from __future__ import annotations

from . import web


def main(argv: list[str]) -> int:
    return web.serve(_answer, [80], server="nautilus")


def _answer(request: web.Request) -> web.Response:
    if request.path == "/data.json":
        return web.Response('{\n  "image": "nautilus.jpg"\n}\n', content_type="application/json")
    if request.path in ("/", "/index.html"):
        page = '<!doctype html>\n<title>nautilus</title>\n<img src="nautilus.jpg" alt="nautilus">\n'
        return web.Response(page, content_type="text/html")
    return web.Response("404 page not found\n", 404)
