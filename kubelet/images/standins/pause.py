"""`registry.k8s.io/pause`: waits to be told to stop."""

from __future__ import annotations

import signal
import threading


def main(argv: list[str]) -> int:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(3600):
        pass
    return 0
