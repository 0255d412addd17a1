"""`agnhost guestbook`: the frontend, primary and replicas of the guestbook in one program."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from . import web
from .echo import parse
from .speech import log

PRIMARY, REPLICA = "agnhost-primary", "agnhost-replica"
REGISTER_SECONDS = 15.0
DIAL_SECONDS = 5.0


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    port = int(options.get("backend-port", "6379"))
    book = Guestbook(lambda host, path, query: fetch(host, port, path, query))
    primary = options.get("replicaof") or ""
    if primary:
        threading.Thread(target=_follow, args=(book, primary, port), daemon=True).start()
    return web.serve(book.answer, [int(options.get("http-port", "80"))], server="agnhost", log=False)


def fetch(host: str, port: int, path: str, query: dict[str, str]) -> str:
    with urlopen(f"http://{host}:{port}/{path}?{urlencode(query)}", timeout=DIAL_SECONDS) as said:
        return str(said.read().decode())


def _follow(book: Guestbook, primary: str, port: int) -> None:
    """Tried for some seconds: the primary may not be there yet."""
    end = time.monotonic() + REGISTER_SECONDS
    while time.monotonic() < end:
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.connect((primary, port))
                host = sock.getsockname()[0]
            book.register(primary, host)
            log(f"Registered to node: {primary}")
            return
        except OSError as error:
            log(f"encountered error while registering to primary: {error}. Retrying in 1s.")
            time.sleep(1)
    log("Timed out while registering to primary.")


class Guestbook:
    """`fetch(host, path, query)` asks another one; OSError when nobody answers there."""

    def __init__(self, fetch: Callable[[str, str, dict[str, str]], str]) -> None:
        self._fetch = fetch
        self._store: dict[str, str] = {}
        self._replicas: list[str] = []
        self._paths: dict[str, Callable[[dict[str, str]], web.Response]] = {
            "/register": self._registered, "/get": self._got, "/set": self._set, "/guestbook": self._relayed,
        }  # fmt: skip

    def register(self, primary: str, host: str) -> None:
        """Takes over what the primary has; changes come to `host` from then on."""
        self._store = json.loads(self._fetch(primary, "register", {"host": host}))["data"]

    def answer(self, request: web.Request) -> web.Response:
        log(f"GET {request.path}?{urlencode(request.query)}")
        action = self._paths.get(request.path)
        return action(request.query) if action is not None else web.Response("404 page not found\n", 404)

    def _registered(self, query: dict[str, str]) -> web.Response:
        self._replicas.append(query.get("host", ""))
        return _json({"data": self._store})

    def _got(self, query: dict[str, str]) -> web.Response:
        key = query.get("key", "")
        return _json({"data": self._store.get(key, "") if key else self._store})

    def _set(self, query: dict[str, str]) -> web.Response:
        key, value = query.get("key", ""), query.get("value", "")
        if not key:
            return web.Response("cannot set with empty key.\n", 400)
        self._store[key] = value
        for replica in self._replicas:
            try:
                self._fetch(replica, "set", {"key": key, "value": value})
            except OSError as error:
                text = f"encountered error while propagating to replica '{replica}': {error}\n"
                return web.Response(text, 417)
        return _json({"message": "Updated"})

    def _relayed(self, query: dict[str, str]) -> web.Response:
        command, key = query.get("cmd", "").lower(), query.get("key", "")
        if command not in ("get", "set"):
            return web.Response(f"unsupported cmd: '{command}'\n", 400)
        if command == "set" and not key:
            return web.Response("cannot set with empty key.\n", 400)
        host = PRIMARY if command == "set" else REPLICA
        try:
            return web.Response(self._fetch(host, command, {"key": key, "value": query.get("value", "")}))
        except OSError as error:
            return web.Response(f"encountered error: {error}\n", 417)


def _json(value: dict[str, Any]) -> web.Response:
    return web.Response(json.dumps(value, separators=(",", ":")))
