"""Runs one command's work against the API and puts failures into words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ..apimachinery.errors import StatusError
from ..client.client import Client
from ..client.errors import Unreachable
from ..errors import CliError
from .target import Target

T = TypeVar("T")
INTERRUPTED = 130


def run(target: Target, work: Callable[[Client], Awaitable[T]]) -> T:
    """What `work` returns; CliError for everything the server or the connection may do."""
    config = target.config()

    async def connected() -> T:
        async with Client(config) as client:
            return await work(client)

    try:
        return asyncio.run(connected())
    except StatusError as error:
        raise CliError(words(error)) from None
    except Unreachable as error:
        raise CliError(f"cannot reach the API at {config.server}: {error}") from None
    except KeyboardInterrupt:
        raise CliError("interrupted", INTERRUPTED) from None


def words(error: StatusError) -> str:
    """`pods "x" not found (NotFound)`."""
    return (
        f"{error.message} ({error.reason})"
        if error.reason
        else error.message or f"the server said {error.code}"
    )
