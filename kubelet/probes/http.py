"""httpGet probes and hooks. Source: kubelet's HTTP prober: 2xx and 3xx succeed; redirects are followed, but
not to other hosts."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import aiohttp

from ...apimachinery.clock import Clock
from . import check
from .check import Object, Outcome, Target, port_number

REDIRECTS = 10
REDIRECTED = (301, 302, 303, 307, 308)
NO_LIMIT = aiohttp.ClientTimeout()
"""Of one request: the time is that of all of them."""


class HttpAction:
    """`session` is the node's plain HTTP session; certificates are not checked, as upstream."""

    def __init__(self, session: Callable[[], aiohttp.ClientSession], clock: Clock) -> None:
        self._session = session
        self._clock = clock

    async def __call__(self, target: Target, action: Object, timeout: float) -> Outcome:
        try:
            port = port_number(target, action["port"])
        except ValueError as error:
            return Outcome(False, str(error), True)
        scheme = (action.get("scheme") or "HTTP").lower()
        host = check.host(target, action)
        path = action.get("path") or "/"
        url = f"{scheme}://{host}:{port}{path if path.startswith('/') else '/' + path}"
        headers = {"User-Agent": "kube-probe/1.36", "Accept": "*/*", "Connection": "close"}
        headers |= {h["name"]: h["value"] for h in action.get("httpHeaders") or []}
        try:
            async with asyncio.timeout(self._clock.real(timeout)):
                status, body = await self._get(url, headers)
        except TimeoutError:
            why = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            return Outcome(False, f'Get "{url}": {why}')
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Outcome(False, f'Get "{url}": {explain(error, f"{host}:{port}")}')
        if 300 <= status < 400:
            return Outcome(True, f"Probe terminated redirects, Response body: {body}", odd=True)
        if 200 <= status < 400:
            return Outcome(True, body)
        return Outcome(False, f"HTTP probe failed with statuscode: {status}")

    async def _get(self, url: str, headers: dict[str, str]) -> tuple[int, str]:
        """Status and text of what the redirects lead to. ValueError when there is no end to them."""
        host = urlsplit(url).hostname
        for _ in range(REDIRECTS):
            session = self._session()
            request = session.get(url, headers=headers, timeout=NO_LIMIT, ssl=False, allow_redirects=False)
            async with request as answer:
                body = await answer.content.read(10 * 1024)
                url = urljoin(url, answer.headers.get("Location", ""))
                led = answer.status in REDIRECTED and "Location" in answer.headers
                if not led or urlsplit(url).hostname != host:
                    return answer.status, body.decode(errors="replace")
        raise ValueError(f"stopped after {REDIRECTS} redirects")


def explain(error: BaseException, address: str) -> str:
    """Go's words for a failed dial."""
    code = getattr(error, "errno", None)
    if code is None and isinstance(error, aiohttp.ClientConnectorError):
        code = error.os_error.errno
    words = {errno.ECONNREFUSED: "connection refused", errno.EHOSTUNREACH: "no route to host",
             errno.ENETUNREACH: "network is unreachable"}  # fmt: skip
    if isinstance(error, ConnectionRefusedError) or code in words:
        return f"dial tcp {address}: connect: {words.get(code or errno.ECONNREFUSED, 'connection refused')}"
    if isinstance(error, ConnectionResetError) or code == errno.ECONNRESET:
        return f"read tcp {address}: read: connection reset by peer"
    if isinstance(error, (aiohttp.ServerDisconnectedError, asyncio.IncompleteReadError)):
        return "EOF"
    return str(error) or type(error).__name__
