"""What authentication sees of a request."""

from __future__ import annotations

from collections.abc import Sequence


class RequestHead:
    """`headers` are lower-case names to values, `raw` the same with every repetition (ASGI's list).

    `client_cert` is the verified client certificate in DER, None when there is none. `warnings` collects
    texts for the caller."""

    __slots__ = ("client_cert", "headers", "raw", "warnings")

    def __init__(
        self,
        headers: dict[bytes, bytes],
        client_cert: bytes | None = None,
        raw: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        self.headers = headers
        self.client_cert = client_cert
        self.raw = raw or tuple(headers.items())
        self.warnings: list[str] = []
