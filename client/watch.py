"""The events of a watch: JSON lines `{"type": …, "object": …}` (meta/v1 WatchEvent)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import aiohttp
import orjson

from ..apimachinery.errors import StatusError
from .errors import Unreachable

ADDED = "ADDED"
MODIFIED = "MODIFIED"
DELETED = "DELETED"
BOOKMARK = "BOOKMARK"
ERROR = "ERROR"


class WatchEvent(NamedTuple):
    type: str
    """ADDED, MODIFIED, DELETED or BOOKMARK; an ERROR event is raised as its StatusError."""
    object: dict[str, Any]


async def events(response: aiohttp.ClientResponse) -> AsyncIterator[WatchEvent]:
    """The events of an open answer until the server ends it.

    Whatever has arrived is taken at once and split here: aiohttp's own line reader refuses long lines. One
    read is bounded by the transport's flow control, so in a flood other tasks still run between reads.
    """
    rest = b""
    async for chunk in response.content.iter_any():
        lines = (rest + chunk).split(b"\n") if rest else chunk.split(b"\n")
        rest = lines.pop()
        for line in lines:
            if line:
                yield _event(line)
    if rest.strip():
        raise Unreachable("the watch broke off in the middle of an event")


def _event(line: bytes) -> WatchEvent:
    try:
        value = orjson.loads(line)
        event = WatchEvent(value["type"], value["object"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unreachable(f"the watch sent something that is no event: {line[:80]!r}") from error
    if event.type == ERROR:
        raise StatusError.from_status(event.object)
    return event
