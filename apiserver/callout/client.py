"""One HTTP client for everything the server asks of others."""

from __future__ import annotations

import asyncio
import random
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import orjson
from yarl import URL

from ...apimachinery import errors, field, jsonio
from ...apimachinery.serializer import go_json, yaml_io
from .. import lifetime
from ..registry.strategy import Reader
from . import certificates, trust, words
from .resolve import Endpoint, Unresolved, resolve
from .target import HTTPS, Service, Target
from .tunnels import Tunnels

PER_HOST = 100
"""Connections to one endpoint: a server that hangs holds up its own callers only."""
ANSWER_LIMIT = 16 * 1024 * 1024
"""Bytes of an answer."""
LOOK_SECONDS = 2.0
"""How long a certificate that was refused may take to be looked at."""
MOST_TRIES = 10
"""How often a server that names a time to come again is asked."""
TEXT_LIMIT = 2048
"""Bytes of a failed call's answer that its error quotes."""
JSON_HEADERS = {"Content-Type": "application/json", "Accept": "application/json, */*"}


class CallFailed(Exception):  # noqa: N818
    """No usable answer came. The text is what upstream's client says; `status` is set when the other side
    answered with an error of its own."""

    def __init__(self, text: str, status: errors.StatusError | None = None) -> None:
        super().__init__(text)
        self.status = status


class _Course:
    """What happened to one request on its way."""

    reused = False


async def _reused(session: aiohttp.ClientSession, context: Any, _: Any) -> None:
    context.trace_request_ctx.reused = True


class CallOut:
    """Posts JSON to a `Target`. Opened at first use, closed with the server."""

    def __init__(self, reader: Reader, rng: random.Random, tunnels: Tunnels) -> None:
        self._reader = reader
        self._rng = rng
        self._tunnels = tunnels
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The client itself, for callers with requests of their own kind (aggregation). Its connections are
        kept by address, TLS context and server name."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, limit_per_host=PER_HOST, use_dns_cache=False)
            trace = aiohttp.TraceConfig()
            trace.on_connection_reuseconn.append(_reused)
            self._session = aiohttp.ClientSession(
                connector=connector,
                trace_configs=[trace],
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=30),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "kube-apiserver-admission"},
            )
        return self._session

    async def resolve(self, service: Service) -> Endpoint:
        """An address that can be dialled from here and leads to a ready endpoint of the Service.
        Unresolved."""
        return await self._tunnels.dial(resolve(self._reader, self._rng, service))

    async def post(self, target: Target, body: Any, *, timeout: float) -> Any:
        """The decoded JSON answer. `timeout` is in real seconds, as an answer takes real time at any time
        scale. CallFailed; trust.BadBundle before anything is sent; lifetime.Ended when the request in whose
        name it asks is given up."""
        async with lifetime.waiting():
            return await self._post(target, body, timeout)

    async def _post(self, target: Target, body: Any, timeout: float) -> Any:
        context = trust.context(target.ca)
        # The other side is told what is left of the request's time, where that is less; which of the two ends
        # first must not be a race, so the call itself keeps its own.
        shown = f"{target.url}?timeout={-(-min(timeout, lifetime.left()) // 1):.0f}s"
        data = body if isinstance(body, bytes) else jsonio.dumps(body)
        vouched = False
        loop = asyncio.get_running_loop()
        ends, tries = loop.time() + timeout, 0
        while True:
            course = _Course()
            try:
                where, name, host = await self._way(target)
                left = ends - loop.time()
                if left <= 0:
                    # To the library no time at all means no limit.
                    raise TimeoutError
                answer = await self.session.post(
                    URL(urlunsplit(urlsplit(shown)._replace(netloc=where)), encoded=True),
                    data=data,
                    headers={**JSON_HEADERS, "Host": host},
                    ssl=context,
                    server_hostname=name,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=left),
                    trace_request_ctx=course,
                )
                async with answer:
                    said = await _read(answer)
                pause, tries = _pause(answer), tries + 1
                if pause is None or tries > MOST_TRIES:
                    return _decoded(answer, said)
                left = ends - loop.time()
                await asyncio.sleep(min(pause, left))
                if pause >= left:
                    raise TimeoutError
            except aiohttp.ClientConnectorCertificateError as error:
                if vouched or not (vouched := await _vouched(error, name, target.ca)):
                    raise _failed(shown, await _untrusted(error, name)) from None
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                # A kept connection that the other side closed in the meantime: nobody has read the request.
                if not course.reused:
                    raise _failed(shown, words.of(error)) from None
            except Unresolved as error:
                raise _failed(shown, str(error)) from None
            except (aiohttp.ClientError, OSError) as error:
                raise _failed(shown, words.of(error)) from None

    async def _way(self, target: Target) -> tuple[str, str, str]:
        """Address to dial, name to verify, and Host header."""
        if target.service is None:
            parts = urlsplit(target.url)
            host = parts.hostname or ""
            return _joined(host, parts.port or HTTPS), host, parts.netloc
        endpoint = await self.resolve(target.service)
        name = target.service.host
        return _joined(endpoint.host, endpoint.port), name, f"{name}:{target.service.port}"

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
        await self._tunnels.close()


async def _vouched(error: aiohttp.ClientConnectorCertificateError, wanted: str, ca: bytes) -> bool:
    """Whether the certificate is good after all, so that it is worth another try."""
    code = getattr(error.certificate_error, "verify_code", 0)
    if code not in certificates.NO_ISSUER or error.port is None:
        return False
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await certificates.vouch(error.host, error.port, wanted, ca)
    except OSError:
        return False


async def _untrusted(error: aiohttp.ClientConnectorCertificateError, wanted: str) -> str:
    """What is wrong with a certificate; to tell whom it is for, it is fetched again."""
    why = error.certificate_error
    if getattr(why, "verify_code", 0) not in certificates.NAME_MISMATCHES or error.port is None:
        return words.of(error)
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            text = await certificates.mismatch(error.host, error.port, wanted)
    except OSError:
        return words.of(error)
    return f"{words.UNVERIFIED}{text}"


def _failed(url: str, why: str) -> CallFailed:
    return CallFailed(f"Post {field.quote(url)}: {why}")


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _pause(answer: aiohttp.ClientResponse) -> int | None:
    """Seconds after which the other side wants to be asked again; None when it has answered."""
    wanted = answer.headers.get("Retry-After", "")
    asked = answer.status == 429 or answer.status >= 500
    return int(wanted) if asked and wanted.isascii() and wanted.isdigit() else None


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """The body, as far as the limit."""
    pieces: list[bytes] = []
    size = 0
    async for piece in answer.content.iter_any():
        size += len(piece)
        if size > ANSWER_LIMIT:
            answer.close()
            raise CallFailed(f"the answer is longer than {ANSWER_LIMIT} bytes")
        pieces.append(piece)
    return b"".join(pieces)


def _decoded(answer: aiohttp.ClientResponse, data: bytes) -> Any:
    if not 200 <= answer.status <= 206:
        status = _status(answer, data)
        raise CallFailed(status.message, status)
    if not data:
        kind = answer.headers.get("Content-Type") or "application/json"
        raise CallFailed(f"0-length response with status code: {answer.status} and content type: {kind}")
    return _object(data)


def _object(data: bytes) -> dict[str, Any]:
    """JSON or YAML, whatever the content type says."""
    try:
        found = orjson.loads(data)
    except ValueError:
        try:
            found, _ = yaml_io.loads(data)
        except ValueError as error:
            raise CallFailed(f"{go_json.TYPE_PREFIX}error converting YAML to JSON: {error}") from None
    if found is not None and not isinstance(found, dict):
        raise CallFailed(go_json.TYPE_PREFIX + go_json.no_object(found))
    return found or {}


def _status(answer: aiohttp.ClientResponse, data: bytes) -> errors.StatusError:
    """The Status of a failed answer: the one it carries, or what its code means to upstream's client."""
    try:
        found = orjson.loads(data)
    except ValueError:
        found = None
    if isinstance(found, dict) and found.get("kind") == "Status" and found.get("status") != "Success":
        return errors.StatusError(
            found.get("code") or answer.status, found.get("reason") or "", found.get("message") or ""
        )
    is_text = answer.content_type.startswith("text/") or "content-type" not in answer.headers
    said = data[:TEXT_LIMIT].decode("utf-8", "replace").strip() if is_text else "unknown"
    return words.refusal(answer.status, said)
