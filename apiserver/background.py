"""Tasks that are the server's own, whoever's request happens to start them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from typing import Any


def start(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """The caller owns and ends the task. It knows nothing of the request that runs: what it writes is not
    written by that request's user, and it has as much time as it likes."""
    return asyncio.get_running_loop().create_task(work, name=name, context=Context())
