"""Where a call goes, from a `clientConfig` (of a webhook, or of a conversion)."""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

HTTPS = 443


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
            return cls(config.get("url") or "", None, ca)
        service = Service(found.get("namespace", ""), found.get("name", ""), found.get("port") or HTTPS)
        path = (found.get("path") or "").lstrip("/")
        return cls(f"https://{service.host}:{service.port}/{path}", service, ca)
