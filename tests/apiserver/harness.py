"""An API server without sockets: requests go straight into its ASGI handler, objects into a memory store."""

from __future__ import annotations

import asyncio
import gzip
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from wherry.apimachinery.clock import FakeClock
from wherry.apiserver import app
from wherry.apiserver.app import App
from wherry.apiserver.pki import bundle
from wherry.apiserver.pki.bundle import Pki, PkiSettings
from wherry.apiserver.settings import Settings
from wherry.apiserver.storage.memory import MemoryStore
from wherry.apiserver.storage.storage import Storage
from wherry.apiserver.storage.watch_cache import RING

from tests.support import run

Object = dict[str, Any]
JSON = "application/json"
NAMESPACES = "/api/v1/namespaces"
DEFAULT = "/api/v1/namespaces/default"
CONFIG_MAPS = f"{DEFAULT}/configmaps"
PODS = f"{DEFAULT}/pods"


@cache
def pki() -> Pki:
    """Certificates for every test of this process."""
    folder = Path(tempfile.mkdtemp(prefix="wherry-test-"))
    return bundle.ensure(folder, PkiSettings(service_ip="127.48.0.1"), FakeClock().now())


@cache
def _admin() -> bytes:
    return load_pem_x509_certificate(pki().pairs["admin"].certificate).public_bytes(Encoding.DER)


class Reply:
    """An answer, or what has come of it so far."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.raw = b""
        self.pieces = 0
        """How often a part of the body was sent."""

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key == name)

    @property
    def body(self) -> bytes:
        return gzip.decompress(self.raw) if self.header("content-encoding") == "gzip" else self.raw

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def message(self) -> str:
        return str(self.json["message"])

    def take(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(k.decode(), v.decode()) for k, v in message["headers"]]
        else:
            self.raw += message.get("body", b"")
            self.pieces += 1


class Stream:
    """A watch that is open: `event` waits for the next line, `close` goes away like a client. What is pushed
    is counted, and not taken while the client is `slow`."""

    def __init__(self) -> None:
        self.slow = False
        self.pushed = 0
        self.reply = Reply()
        self.gone = asyncio.Event()
        self.task: asyncio.Task[None]
        self._news = asyncio.Event()
        self._read = 0

    async def send(self, message: dict[str, Any]) -> None:
        self.reply.take(message)
        self._news.set()

    def push(self, body: bytes) -> bool:
        if not self.slow:
            self.pushed += 1
            self.reply.take({"type": "http.response.body", "body": body, "more_body": True})
            self._news.set()
        return not self.slow

    async def reply_started(self) -> None:
        """Returns when the watch is in place."""
        while not self.reply.status:
            await self._more()

    async def _more(self) -> None:
        self._news.clear()
        waiting = asyncio.ensure_future(self._news.wait())
        await asyncio.wait({waiting, self.task}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def line(self) -> bytes:
        """The next line; empty when the stream has ended."""
        while b"\n" not in self.reply.raw[self._read :]:
            if self.task.done():
                return b""
            await self._more()
        line = self.reply.raw[self._read :].split(b"\n", 1)[0]
        self._read += len(line) + 1
        return line

    async def frame(self) -> bytes:
        """The next event of a protobuf stream with its length in front."""
        head = await self._bytes(4)
        return head + await self._bytes(int.from_bytes(head, "big"))

    async def _bytes(self, size: int) -> bytes:
        end = self._read + size
        while len(self.reply.raw) < end:
            assert not self.task.done(), "the stream has ended"
            await self._more()
        found, self._read = self.reply.raw[self._read : end], end
        return found

    async def event(self) -> tuple[str, Object]:
        found = orjson.loads(await self.line())
        return found["type"], found["object"]

    async def names(self, count: int) -> list[tuple[str, str]]:
        """(type, name) of the next events."""
        events = [await self.event() for _ in range(count)]
        return [(kind, obj["metadata"]["name"]) for kind, obj in events]

    async def close(self) -> None:
        self.gone.set()
        await self.task


class Api:
    """What a client of the server can do. Requests come from `system:masters` unless told otherwise."""

    def __init__(self, server: App, clock: FakeClock) -> None:
        self.app = server
        self.clock = clock

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        kind: str = JSON,
        headers: dict[str, str] | None = None,
        anonymous: bool = False,
        gone: asyncio.Event | None = None,
        unfinished: bool = False,
    ) -> Reply:
        """One request; `body` is sent as it is when it is bytes, else as JSON. The client waits until it is
        `gone`; the rest of an `unfinished` body never comes."""
        data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        sent = {**({"content-type": kind} if data else {}), **(headers or {})}
        messages = [{"type": "http.request", "body": data, "more_body": unfinished}]
        reply = Reply()

        async def receive() -> dict[str, Any]:
            if messages:
                return messages.pop()
            await (gone or asyncio.Event()).wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            reply.take(message)

        await self.app.asgi(asgi_scope(method, path, sent, anonymous), receive, send)
        return reply

    async def get(self, path: str, accept: str = "") -> Reply:
        return await self.ask("GET", path, headers={"accept": accept} if accept else None)

    async def table(self, path: str) -> Object:
        reply = await self.get(path, "application/json;as=Table;v=v1;g=meta.k8s.io")
        assert reply.status == 200, reply.text
        found: Object = reply.json
        return found

    async def create(self, path: str, obj: Object) -> Object:
        """The object as created."""
        return await self._done("POST", path, obj, JSON, 201)

    async def put(self, path: str, obj: Object) -> Object:
        return await self._done("PUT", path, obj, JSON, 200)

    async def patch(self, path: str, change: Any, kind: str = "merge-patch+json") -> Object:
        return await self._done("PATCH", path, change, f"application/{kind}", 200)

    async def _done(self, method: str, path: str, body: Any, kind: str, status: int) -> Object:
        reply = await self.ask(method, path, body, kind=kind)
        assert reply.status == status, reply.text
        found: Object = reply.json
        return found

    @asynccontextmanager
    async def watch(self, path: str, accept: str = "") -> AsyncIterator[Stream]:
        """An open watch, closed at the end."""
        stream = Stream()
        first = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            if first:
                return first.pop()
            await stream.gone.wait()
            return {"type": "http.disconnect"}

        scope = asgi_scope("GET", path, {"accept": accept} if accept else {}, False)
        scope["state"]["push"] = stream.push
        stream.task = asyncio.create_task(self.app.asgi(scope, receive, stream.send), name="watch")
        try:
            yield stream
        finally:
            await stream.close()

    async def forget(self) -> None:
        """Lets the ConfigMaps' cache and the store lose every earlier revision."""
        store = self.app.storage.store
        for number in range(RING + 1):
            name = f"old{number}"
            obj = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name, "namespace": "past"}}
            await store.create(f"/registry/configmaps/past/{name}", orjson.dumps(obj))
        await store.compact(self.revision)

    @property
    def revision(self) -> int:
        return self.app.storage.revision


def asgi_scope(method: str, target: str, headers: dict[str, str], anonymous: bool) -> dict[str, Any]:
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "root_path": "",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "server": ("127.0.0.1", 6443),
        "client": ("127.0.0.1", 50000),
        "state": {} if anonymous else {"client_cert": _admin()},
    }


async def websocket(api: Api, path: str, send: list[bytes], protocol: str) -> list[dict[str, Any]]:
    """Connects, sends every message at once, and gives what the server told until it closed."""
    incoming: list[dict[str, Any]] = [
        {"type": "websocket.connect"},
        *({"type": "websocket.receive", "bytes": m} for m in send),
    ]
    told: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not incoming:
            await asyncio.Event().wait()
        return incoming.pop(0)

    async def take(message: dict[str, Any]) -> None:
        told.append(message)

    scope = asgi_scope("GET", path, {}, False) | {"type": "websocket", "subprotocols": [protocol]}
    await api.app.asgi(scope, receive, take)
    return told


@asynccontextmanager
async def opened() -> AsyncIterator[Api]:
    """A server with the namespace `default`, ready for pods."""
    clock = FakeClock()
    storage = await Storage.open(MemoryStore(clock), clock)
    settings = Settings(data_dir=pki().directory.parent, storage="memory")
    server = app.build(settings, storage, pki(), clock, random.Random(1))
    api = Api(server, clock)
    try:
        await api.create(NAMESPACES, {"metadata": {"name": "default"}})
        await api.create(f"{DEFAULT}/serviceaccounts", {"metadata": {"name": "default"}})
        yield api
    finally:
        await server.close()


def drive(scenario: Callable[[Api], Awaitable[None]]) -> None:
    """Runs a scenario against a server of its own."""

    async def with_server() -> None:
        async with opened() as api:
            await scenario(api)

    run(with_server())


def config_map(name: str = "a", **fields: Any) -> Object:
    return {"metadata": {"name": name}, **fields}


def pod(name: str = "a", **spec: Any) -> Object:
    return {
        "metadata": {"name": name, "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "c", "image": "app:1"}], **spec},
    }
