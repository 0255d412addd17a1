"""tcpSocket probes: the port takes a connection."""

from __future__ import annotations

import asyncio
import contextlib

from ...apimachinery.clock import Clock
from . import check
from .check import Object, Outcome, Target, port_number
from .http import explain


class TcpAction:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(self, target: Target, action: Object, timeout: float) -> Outcome:
        try:
            port = port_number(target, action["port"])
        except ValueError as error:
            return Outcome(False, str(error), True)
        host = check.host(target, action)
        address = f"{host}:{port}"
        try:
            async with asyncio.timeout(self._clock.real(timeout)):
                _, writer = await asyncio.open_connection(host, port)
        except TimeoutError:
            return Outcome(False, f"dial tcp {address}: i/o timeout")
        except OSError as error:
            return Outcome(False, explain(error, address))
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return Outcome(True)
