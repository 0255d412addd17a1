"""One component in this process: logging, uvloop, and a clean end on SIGTERM."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Awaitable, Callable


def configure_logging(name: str) -> None:
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format=f"%(asctime)s %(levelname).1s {name} %(name)s: %(message)s",
        force=True,
    )


def tune_collector() -> None:
    """Cached objects live long and hold no cycles: what is loaded by now is never looked at again (so pages
    shared with other processes stay shared), and the rest seldom."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(10_000, 10, 50)


def run_component(name: str, run: Callable[[], Awaitable[None]]) -> int:
    """Runs it on uvloop until it ends or SIGTERM or SIGINT cancels it; the exit code."""
    import uvloop

    configure_logging(name)
    tune_collector()
    try:
        uvloop.run(_until_signalled(name, run))
    except Exception:
        logging.getLogger("wherry").exception("%s failed", name)
        return 1
    return 0


async def _until_signalled(name: str, run: Callable[[], Awaitable[None]]) -> None:
    task = asyncio.ensure_future(run())
    loop = asyncio.get_running_loop()
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not stopped:
            raise
    except ExceptionGroup as group:
        if not stopped:
            raise RuntimeError(f"{name}: {group.exceptions[0]}") from group
