"""Container logs in CRI format, with rotation. Source: Kubernetes CRI log format; kubelet defaults 10Mi x
5."""

from __future__ import annotations

import os
import time
from pathlib import Path

MAX_BYTES = 10 * 1024 * 1024
MAX_FILES = 5
MAX_LINE = 16 * 1024


def stamp(now: float, nanos: int) -> str:
    """RFC 3339 with nanoseconds, UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{nanos:09d}Z"


class LogFile:
    """Appends `TIME STREAM F|P TEXT` lines; an unfinished line waits until it ends, grows long or the stream
    closes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        self._size = os.fstat(self._fd).st_size
        self._rest = {"stdout": b"", "stderr": b""}

    def write(self, stream: str, data: bytes) -> None:
        now = time.time_ns()
        head = f"{stamp(now // 10**9, now % 10**9)} {stream} ".encode()
        *lines, rest = (self._rest[stream] + data).split(b"\n")
        out = bytearray()
        for line in lines:
            while len(line) > MAX_LINE:
                out += head + b"P " + line[:MAX_LINE] + b"\n"
                line = line[MAX_LINE:]
            out += head + b"F " + line + b"\n"
        while len(rest) > MAX_LINE:
            out += head + b"P " + rest[:MAX_LINE] + b"\n"
            rest = rest[MAX_LINE:]
        self._rest[stream] = rest
        if out:
            self._append(bytes(out))

    def close(self) -> None:
        for stream, rest in self._rest.items():
            if rest:
                now = time.time_ns()
                self._append(f"{stamp(now // 10**9, now % 10**9)} {stream} P ".encode() + rest + b"\n")
        os.close(self._fd)

    def _append(self, data: bytes) -> None:
        os.write(self._fd, data)
        self._size += len(data)
        if self._size >= MAX_BYTES:
            self._rotate()

    def _rotate(self) -> None:
        suffix = time.strftime("%Y%m%d-%H%M%S", time.gmtime()) + f"-{time.time_ns() % 10**9:09d}"
        self._path.rename(f"{self._path}.{suffix}")
        old = sorted(self._path.parent.glob(self._path.name + ".*"))
        for path in old[: max(len(old) - (MAX_FILES - 1), 0)]:
            path.unlink(missing_ok=True)
        os.close(self._fd)
        self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        self._size = 0
