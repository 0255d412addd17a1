"""Stopping one container: preStop hook, SIGTERM (or its own stop signal), grace, SIGKILL."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Any

from ..probes.check import Target
from .host import Host
from .records import Record
from .starter import reference

Object = dict[str, Any]
MINIMUM_GRACE = 2.0
log = logging.getLogger(__name__)


def grace(pod: Object) -> float:
    """Seconds from SIGTERM to SIGKILL: what the deletion asks for, else what the pod says."""
    found = pod["metadata"].get("deletionGracePeriodSeconds")
    return float(found if found is not None else pod["spec"].get("terminationGracePeriodSeconds", 30))


async def stop(host: Host, pod: Object, record: Record, target: Target, seconds: float, message: str) -> None:
    """Returns when the container has ended or, `seconds` later, was sent SIGKILL. No message, no event."""
    if message:
        host.event(reference(pod, record), "Normal", "Killing", message)
    ident = record.id
    begun = host.clock.monotonic()
    hook = (record.spec.get("lifecycle") or {}).get("preStop")
    if hook and seconds > 0 and message:
        await run_hook(host, pod, record, target, "PreStop", hook, seconds)
    left = seconds - (host.clock.monotonic() - begun)
    if seconds > 0:
        # Even a slow hook leaves the program a moment to end well.
        left = max(left, MINIMUM_GRACE)
        await host.runtime.signal(ident, _stop_signal(record))
        if await _ends_within(host, record, left):
            return
    if record.running and record.id == ident:
        await host.runtime.signal(ident, signal.SIGKILL)


async def _ends_within(host: Host, record: Record, seconds: float) -> bool:
    waits = [asyncio.ensure_future(record.over.wait()), asyncio.ensure_future(host.clock.sleep(seconds))]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    return record.over.is_set()


def _stop_signal(record: Record) -> int:
    name = (record.spec.get("lifecycle") or {}).get("stopSignal") or "SIGTERM"
    return int(getattr(signal, name, signal.SIGTERM))


async def run_hook(
    host: Host, pod: Object, record: Record, target: Target, kind: str, hook: Object, limit: float
) -> bool:
    """Whether a lifecycle hook succeeded within `limit` seconds; failure is told by an event."""
    if "sleep" in hook:
        await host.clock.sleep(min(float(hook["sleep"]["seconds"]), limit))
        return True
    try:
        outcome = await host.checker.check(target, hook, limit)
    except asyncio.CancelledError:
        raise
    except Exception as error:
        log.exception("%s hook of %s", kind, record.name)
        message, ok = str(error), False
    else:
        message, ok = outcome.message, outcome.ok
    if not ok:
        text = f"{kind}Hook failed" if kind == "PreStop" else "PostStartHook failed"
        host.event(
            reference(pod, record), "Warning", f"Failed{kind}Hook", f"{text}: {message}" if message else text
        )
    return ok
