"""Between the components' real client and the server's real handler: latency, losses, refusals and death."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from functools import cache
from random import Random
from typing import Any, NamedTuple, cast
from urllib.parse import unquote, urlencode, urlsplit

import aiohttp
import orjson
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from wherry.client.client import Client
from wherry.client.config import ClientConfig

from tests.apiserver.harness import pki
from tests.chaos.sim import SimClock

ASGI = Callable[..., Awaitable[None]]
Headers = Mapping[str, str]
SERVER = "https://127.0.0.1:6443"


class Faults(NamedTuple):
    """What a connection suffers. Shares are of 1, durations seconds."""

    latency: float = 0.005
    """The longest way of a request, and of its answer."""
    lost: float = 0.0
    """Requests whose connection breaks: before the server had them or after it did them."""
    refused: float = 0.0
    """Requests answered 429, 500 or (updates) 409 without being looked at."""
    cut: float = 0.0
    """Mean life of a watch; 0: as long as the server likes."""
    gone: float = 0.0
    """Watches answered 410."""
    lag: float = 0.0
    """The longest time that events of a watch are late."""
    twice: float = 0.0
    """Batches of events whose last one comes twice."""


CALM = Faults()


@cache
def certificate(identity: str) -> bytes:
    """DER of the client certificate of a component (`apiserver/pki/bundle.py` names them)."""
    return load_pem_x509_certificate(pki().pairs[identity].certificate).public_bytes(Encoding.DER)


class Asked(NamedTuple):
    """A request that the server answered."""

    at: float
    who: str
    method: str
    path: str
    code: int

    @property
    def is_write(self) -> bool:
        return self.method != "GET" and self.code < 300


class Link:
    """One life of one component: `dead` says that nothing it does from now on reaches the server.

    `before` and `after` hear of each write, when it is sent and when the server has done it.
    """

    def __init__(self, asgi: ASGI, who: str, identity: str, rng: Random, faults: Faults = CALM) -> None:
        self.asgi = asgi
        self.who = who
        self.identity = identity
        self.rng = rng
        self.faults = faults
        self.dead = False
        self.awake = asyncio.Event()
        """Cleared by SIGSTOP: no answer, event or timer reaches the component until it is set again."""
        self.awake.set()
        self.log: list[Asked] = []
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        self._journeys: set[asyncio.Task[Any]] = set()

    def client(self) -> Client:
        return _LinkedClient(self)

    def check(self) -> None:
        """Ends what a dead component is about to do."""
        if self.dead:
            raise aiohttp.ClientConnectionError(f"{self.who} is dead")

    def start(self, work: Any, name: str) -> asyncio.Task[Any]:
        """The server's side of a request, which goes on when the client dies."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._journeys.add(task)
        task.add_done_callback(self._journeys.discard)
        return task

    async def drained(self) -> None:
        """Returns when the server has done with everything it was asked."""
        while self._journeys:
            await asyncio.wait(self._journeys)


class _LinkedClient(Client):
    """The client as it is, with another session."""

    def __init__(self, link: Link) -> None:
        super().__init__(ClientConfig(SERVER, user_agent=link.who))
        self._clock = cast(Any, SimClock())
        self._session = cast(aiohttp.ClientSession, _Session(link))


class _Session:
    """What `Client` uses of aiohttp's."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Headers | None = None,
        data: bytes | None = None,
        headers: Headers | None = None,
        **more: Any,
    ) -> _Pending:
        path = url.removeprefix(SERVER)
        if params:
            path += "?" + urlencode(params)
        return _Pending(self._link, method, path, data or b"", dict(headers or {}))

    async def close(self) -> None:
        """Nothing is open."""


class _Pending:
    """A request, to be awaited or entered."""

    def __init__(self, link: Link, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        self._link = link
        self._method = method
        self._path = path
        self._body = body
        self._headers = {"accept": "application/json"} | {k.lower(): v for k, v in headers.items()}
        self._response: _Response | None = None

    def __await__(self) -> Generator[Any, None, _Response]:
        return self._go().__await__()

    async def __aenter__(self) -> _Response:
        self._response = await self._go()
        return self._response

    async def __aexit__(self, *error: object) -> None:
        if self._response is not None:
            self._response.close()

    async def _go(self) -> _Response:
        self._link.check()
        if "watch=true" in self._path:
            return await self._watch()
        return await self._ask()

    async def _ask(self) -> _Response:
        link, rng = self._link, self._link.rng
        writes = self._method != "GET" and "/events" not in self._path
        if writes:
            link.before()
            link.check()
        fate, when = rng.random(), rng.random()
        refusal = _refusal(rng, self._method)
        if fate < link.faults.lost and when < 0.5:
            raise aiohttp.ClientConnectionError("reset before it was sent")
        response = _Response(link)
        if link.faults.lost <= fate < link.faults.lost + link.faults.refused:
            await asyncio.sleep(rng.random() * link.faults.latency)
            response.refuse(*refusal)
            return response
        journey = link.start(self._journey(response, rng.random() * link.faults.latency), "request")
        await asyncio.shield(journey)
        if writes and response.status < 300:
            link.after()
        link.check()
        await asyncio.sleep(rng.random() * link.faults.latency)
        await link.awake.wait()
        if fate < link.faults.lost:
            raise aiohttp.ClientConnectionError("reset before the answer")
        return response

    async def _journey(self, response: _Response, way: float) -> None:
        link = self._link
        lost_with_sender = link.rng.random() < 0.5
        await asyncio.sleep(way)
        if link.dead and lost_with_sender:
            return
        messages = [{"type": "http.request", "body": self._body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return messages.pop() if messages else {"type": "http.disconnect"}

        await link.asgi(self._scope(), receive, response.take)
        at = asyncio.get_running_loop().time()
        link.log.append(Asked(at, link.who, self._method, self._path, response.status))

    async def _watch(self) -> _Response:
        link, rng = self._link, self._link.rng
        response = _Response(link)
        if rng.random() < link.faults.gone:
            response.refuse(410, "Expired")
            return response
        response.content = _Content(link)
        first = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            if first:
                return first.pop()
            await response.content.closed.wait()
            return {"type": "http.disconnect"}

        scope = self._scope()

        async def serve() -> None:
            await link.asgi(scope, receive, response.take)
            response.started.set()

        link.start(serve(), "watch")
        await response.started.wait()
        return response

    def _scope(self) -> dict[str, Any]:
        split = urlsplit(self._path)
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self._method,
            "scheme": "https",
            "root_path": "",
            "path": unquote(split.path),
            "raw_path": split.path.encode(),
            "query_string": split.query.encode(),
            "headers": [
                (b"user-agent", self._link.who.encode()),
                *((k.encode(), v.encode()) for k, v in self._headers.items()),
            ],
            "server": ("127.0.0.1", 6443),
            "client": ("127.0.0.1", 50000),
            "state": {"client_cert": certificate(self._link.identity)},
        }


class _Response:
    """What `Client` uses of aiohttp's."""

    content: _Content

    def __init__(self, link: Link) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.started = asyncio.Event()
        self._body = b""
        self._link = link

    async def take(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode().title(): v.decode() for k, v in message["headers"]}
        elif hasattr(self, "content") and self.status == 200:
            self.content.put(message.get("body", b""), last=not message.get("more_body"))
        else:
            self._body += message.get("body", b"")
        if self.status == 200:
            self.started.set()

    def refuse(self, code: int, reason: str) -> None:
        status = {"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": "chaos"}
        self.status, self._body = code, orjson.dumps(status)

    async def read(self) -> bytes:
        return self._body

    def close(self) -> None:
        if hasattr(self, "content"):
            self.content.closed.set()


class _Content:
    """A watch's lines as they arrive: late, twice, and not for ever."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.closed = asyncio.Event()

    def put(self, chunk: bytes, last: bool) -> None:
        if chunk:
            self._chunks.put_nowait(chunk)
        if last:
            self._chunks.put_nowait(None)

    async def iter_any(self) -> AsyncIterator[bytes]:
        faults, rng = self._link.faults, self._link.rng
        loop = asyncio.get_running_loop()
        end = loop.time() + rng.expovariate(1 / faults.cut) if faults.cut else float("inf")
        while True:
            try:
                async with asyncio.timeout_at(end if faults.cut else None):
                    chunk = await self._chunks.get()
            except TimeoutError:
                if rng.random() < 0.5:
                    return
                raise aiohttp.ClientPayloadError("reset") from None
            if chunk is None:
                return
            if faults.lag:
                await asyncio.sleep(rng.random() ** 3 * faults.lag)
            await self._link.awake.wait()
            if rng.random() < faults.twice:
                chunk += chunk.splitlines(keepends=True)[-1]
            yield chunk


def _refusal(rng: Random, method: str) -> tuple[int, str]:
    choices = [(429, "TooManyRequests"), (500, "InternalError"), (503, "ServiceUnavailable")]
    if method in ("PUT", "PATCH"):
        choices.append((409, "Conflict"))
    return rng.choice(choices)
