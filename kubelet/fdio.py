"""Reading and writing pipes and terminals without blocking the loop. Descriptors stay the caller's."""

from __future__ import annotations

import asyncio
import os

CHUNK = 64 * 1024


async def read(descriptor: int) -> bytes:
    """What is there, up to 64 KiB; empty at the end (which is how a closed terminal reads, too)."""
    loop = asyncio.get_running_loop()
    os.set_blocking(descriptor, False)
    while True:
        try:
            return os.read(descriptor, CHUNK)
        except BlockingIOError:
            ready: asyncio.Future[None] = loop.create_future()
            loop.add_reader(descriptor, _wake, ready)
            try:
                await ready
            finally:
                loop.remove_reader(descriptor)
        except OSError:
            return b""


async def write(descriptor: int, data: bytes) -> None:
    """All of it; BrokenPipeError when nobody reads any more."""
    loop = asyncio.get_running_loop()
    os.set_blocking(descriptor, False)
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:
            ready: asyncio.Future[None] = loop.create_future()
            loop.add_writer(descriptor, _wake, ready)
            try:
                await ready
            finally:
                loop.remove_writer(descriptor)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
