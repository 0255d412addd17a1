"""Answers that do not go through `respond`: they get their headers, and a watch gives its seats back once it
has begun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..endpoints.exchange import Request


def stamp(request: Request, begun: Callable[[], None] | None) -> None:
    """Adds the request's stamps to whatever begins its answer. `begun` is called when the first part of the
    body (a watch's initial events) is on its way; from then on the sender has the connection to itself."""
    send, stamps = request.send, request.stamps
    request.stamps = ()

    async def first(message: dict[str, Any]) -> None:
        starts = message["type"] == "http.response.start"
        if starts:
            message = {**message, "headers": [*message["headers"], *stamps]}
        await send(message)
        if not starts:
            request.send = send
            if begun is not None:
                begun()

    request.send = first
