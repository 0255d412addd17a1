"""`hashicorp/http-echo`: answers every request with `-text`, on `-listen` (default :5678)."""

from __future__ import annotations

import os
import re
import sys

from . import web


def main(argv: list[str]) -> int:
    options = parse(argv[1:])
    text = options.get("text") or os.environ.get("ECHO_TEXT", "")
    if not text:
        sys.stderr.write("Missing -text option!\n")
        return 127
    listen = options.get("listen", ":5678")
    status = int(options.get("status-code", "200"))
    headers = {"X-App-Name": "http-echo", "X-App-Version": "1.0.0"}
    sys.stdout.write(f"[INFO] server is listening on {listen}\n")
    sys.stdout.flush()

    def answer(request: web.Request) -> web.Response:
        if request.path == "/health":
            return web.Response('{"status":"ok"}', content_type="application/json", headers=headers)
        return web.Response(text + "\n", status, headers=headers)

    return web.serve(answer, [int(listen.rpartition(":")[2])], server="http-echo")


_NEGATIVE = re.compile(r"-\d+")


def parse(arguments: list[str]) -> dict[str, str]:
    """Go's flag syntax: `-a=b`, `--a=b`, `-a b`."""
    found: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        name, equals, value = rest.pop(0).lstrip("-").partition("=")
        if not equals and rest and (not rest[0].startswith("-") or _NEGATIVE.fullmatch(rest[0])):
            value = rest.pop(0)
        found[name] = value if equals or value else "true"
    return found
