"""`stress` (polinux/stress, vish/stress): holds memory, burns CPU, for the pages on requests and limits."""

from __future__ import annotations

import sys
import threading
import time

from .echo import parse

UNITS = {"k": 2**10, "m": 2**20, "g": 2**30}
STEP = 2**20
_DECIMAL = {"ki": 2**10, "mi": 2**20, "gi": 2**30}


def main(argv: list[str]) -> int:
    """Never ends by itself."""
    options = parse(argv[1:])
    workers = int(options.get("vm", "0"))
    held = [bytearray() for _ in range(workers)]
    wanted = size(options.get("vm-bytes", "256M")) if workers else size(options.get("mem-total", "0"))
    sys.stdout.write(f"stress: info: dispatching hogs: {options.get('cpus', '0')} cpu, {workers} vm\n")
    sys.stdout.flush()
    for _ in range(int(options.get("cpus") or options.get("cpu") or "0")):
        threading.Thread(target=_burn, daemon=True).start()
    for block in held or [bytearray()]:
        # Written to, for only then the pages are there.
        while len(block) < wanted:
            block.extend(b"x" * min(STEP, wanted - len(block)))
    while True:
        time.sleep(3600)


def size(text: str) -> int:
    """Bytes of `250M`, `512k`, `950Mi`."""
    lower = text.lower().removesuffix("b")
    for unit, factor in (UNITS | _DECIMAL).items():
        if lower.endswith(unit):
            return int(lower.removesuffix(unit)) * factor
    return int(lower)


def _burn() -> None:
    while True:
        pass
