"""One container or exec as the zygote keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .logfile import LogFile


class Proc:
    """`container` names the one that an exec runs in; descriptors are the zygote's own ends, -1 for none."""

    def __init__(self, ident: str, spec: dict[str, Any], directory: str) -> None:
        self.id = ident
        self.spec = spec
        self.directory = directory
        self.pid = 0
        self.log: LogFile | None = None
        self.outputs: dict[int, str] = {}
        self.stdin = -1
        self.tees: list[tuple[str, int]] = []
        self.started = 0.0
        self.finished = 0.0
        self.code: int | None = None
        self.signal = 0
        self.container = ""
        self.tree = ""
        """By which its processes are known, where a namespace does not end with the first of them."""
        self.starting: Callable[[], None] | None = None
        """Hears from it while it starts."""

    def state(self) -> dict[str, Any]:
        return {
            "id": self.id, "pod_uid": self.spec["sandbox"]["uid"], "name": self.spec["name"],
            "attempt": self.spec["attempt"], "running": self.finished == 0.0, "pid": self.pid,
            "started_at": self.started, "finished_at": self.finished, "exit_code": self.code or 0,
            "signal": self.signal,
        }  # fmt: skip
