"""exec probes and hooks: exit code 0 succeeds."""

from __future__ import annotations

import asyncio
import os

from ...apimachinery.clock import Clock
from ...apimachinery.duration import format_nanoseconds
from .. import fdio
from ..runtime.contract import Runtime, RuntimeFault, Session
from .check import Object, Outcome, Target

MAX_OUTPUT = 10 * 1024


class ExecAction:
    def __init__(self, runtime: Runtime, clock: Clock) -> None:
        self._runtime = runtime
        self._clock = clock

    async def __call__(self, target: Target, action: Object, timeout: float) -> Outcome:
        command = action.get("command") or []
        try:
            session = await self._runtime.exec(target.container_id, command, tty=False, stdin=False)
        except RuntimeFault as fault:
            return Outcome(
                False, fault.message, "not running" in fault.message or "not found" in fault.message
            )
        try:
            async with asyncio.timeout(self._clock.real(timeout) if timeout else None):
                output = await collect(session)
                code = await session.wait()
        except TimeoutError:
            session.kill()
            text = format_nanoseconds(int(timeout * 10**9))
            return Outcome(False, f'command timed out: "{" ".join(command)}" timed out after {text}')
        finally:
            _close(session)
        return Outcome(code == 0, output.decode(errors="replace"))


async def collect(session: Session) -> bytes:
    """Output and errors together, the first 10 KiB of each."""
    there = [stream for stream in (session.stdout, session.stderr) if stream >= 0]
    return b"".join(await asyncio.gather(*map(_read, there)))


async def _read(descriptor: int) -> bytes:
    kept = bytearray()
    while data := await fdio.read(descriptor):
        kept += data[: MAX_OUTPUT - len(kept)]
    return bytes(kept)


def _close(session: Session) -> None:
    for descriptor in {session.stdin, session.stdout, session.stderr} - {-1}:
        os.close(descriptor)
