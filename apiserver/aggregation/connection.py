"""Connections to extension servers: one HTTP client, its TLS contexts, and the headers that say who asks.

The client certificate is the front proxy's, so an extension server that trusts
`kube-system/extension-apiserver-authentication` believes the headers.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import aiohttp

from ..callout import CallOut, trust
from ..registry.strategy import User
from .services import ApiService

CONNECT_SECONDS = 10.0
AGGREGATOR = User("system:kube-aggregator", "", ("system:masters",))
"""Who asks when nobody does: availability checks, discovery, OpenAPI."""
_KEY_SAFE = "!#$&'*+-.^_`|~"
"""What besides letters and digits may stand in a header's name; the percent sign starts an escape."""

Headers = list[tuple[str, str]]


def identity(user: User) -> Headers:
    """`X-Remote-…` headers for the user."""
    headers = [("X-Remote-User", user.name)]
    if user.uid:
        headers.append(("X-Remote-Uid", user.uid))
    headers += [("X-Remote-Group", group) for group in user.groups]
    for key, values in user.extra.items():
        name = f"X-Remote-Extra-{quote(key, safe=_KEY_SAFE)}"
        headers += [(name, value) for value in values]
    return headers


class Connections:
    """The client towards all extension servers; opened at first use, closed with the server. Not that of the
    webhooks: a connection here may carry a watch for hours, so their number has no limit."""

    def __init__(self, callout: CallOut, certificate: tuple[str, str]) -> None:
        self._callout = callout
        self._certificate = certificate
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                auto_decompress=False,
                skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def base(self, service: ApiService) -> str:
        """`https://HOST:PORT` of one of its endpoints. Unresolved."""
        assert service.backend is not None
        endpoint = await self._callout.resolve(service.backend)
        host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
        return f"https://{host}:{endpoint.port}"

    def trust(self, service: ApiService) -> dict[str, Any]:
        """How the client is to verify the server, and to show who it is itself. BadBundle."""
        assert service.backend is not None
        context = trust.context(service.ca, verify=not service.insecure, certificate=self._certificate)
        return {"ssl": context, "server_hostname": service.backend.host}

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
