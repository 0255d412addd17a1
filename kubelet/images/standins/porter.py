"""`agnhost porter`: serves what the environment says, `SERVE_PORT_80=text`, over TCP, TLS or UDP."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from . import certificates, datagrams, web
from .echo import parse


def main(arguments: list[str]) -> int:
    as_json = parse(arguments).get("json-response", "false") == "true"
    for port, text in ports("SERVE_UDP_PORT_", os.environ).items():
        datagrams.serve(port, lambda *_, text=text: text.encode())
    plain = ports("SERVE_PORT_", os.environ) | ports("SERVE_TCP_PORT_", os.environ)
    secret = ports("SERVE_TLS_PORT_", os.environ)
    files = os.environ.get("CERT_FILE") or "localhost.crt", os.environ.get("KEY_FILE") or "localhost.key"
    tls = certificates.context(*files) if secret else None
    sites = [web.Site(page(text, as_json), port) for port, text in plain.items()]
    sites += [web.Site(page(text, as_json), port, tls) for port, text in secret.items()]
    return web.serve_sites(sites, server="agnhost", log=False)


def ports(prefix: str, env: Mapping[str, str]) -> dict[int, str]:
    """Port → what it says."""
    found = {name.removeprefix(prefix): text for name, text in env.items() if name.startswith(prefix)}
    return {int(number): text for number, text in found.items() if number.isdigit()}


def page(text: str, as_json: bool) -> web.Application:
    kind = "text/html; charset=utf-8" if text.startswith("<") else "text/plain; charset=utf-8"

    def answer(request: web.Request) -> web.Response:
        if as_json:
            said = json.dumps({"Method": request.method, "Body": text})
            return web.Response(said, content_type="application/json")
        return web.Response(text, content_type=kind)

    return answer
