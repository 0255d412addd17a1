"""Where a call goes, from a `clientConfig` (of a webhook, or of a conversion)."""

from __future__ import annotations

import base64
import posixpath
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit, urlunsplit

HTTPS = 443
_PLAIN = "$&+,/:;=@"
"""Bytes of a path that Go's clients send as they are, besides letters, digits and `-_.~`."""


class Service(NamedTuple):
    """A port of a Service."""

    namespace: str
    name: str
    port: int = HTTPS

    @property
    def host(self) -> str:
        """The name its certificate must carry."""
        return f"{self.name}.{self.namespace}.svc"


class Target(NamedTuple):
    """A URL, and for a Service where that leads. `ca` is PEM; empty trusts the machine's own authorities."""

    url: str
    service: Service | None = None
    ca: bytes = b""

    @classmethod
    def of(cls, config: dict[str, Any]) -> Target:
        """`{url | service: {namespace, name, port, path}, caBundle}`, with a base64 caBundle."""
        ca = base64.b64decode(config.get("caBundle") or "")
        found = config.get("service")
        if found is None:
            return cls(_cleaned(config.get("url") or ""), None, ca)
        service = Service(found.get("namespace", ""), found.get("name", ""), found.get("port") or HTTPS)
        path = _clean(found.get("path") or "")
        return cls(f"https://{service.host}:{service.port}{path}", service, ca)


def _cleaned(url: str) -> str:
    """Without query and fragment, its path clean."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, _clean(unquote(parts.path)), "", ""))


def _clean(path: str) -> str:
    """As upstream's client joins it (Go's `path.Join`): one slash at a time, none at the end, no dots. Go's
    servers redirect calls of other paths."""
    return quote(posixpath.normpath("/" + path.lstrip("/")), safe=_PLAIN)
