"""exec probes: exit codes, output, time-outs and programs that cannot be started."""

from __future__ import annotations

import os
from typing import Any

import pytest
from wherry.apimachinery.clock import SystemClock
from wherry.kubelet.probes.check import Outcome, Target
from wherry.kubelet.probes.exec import MAX_OUTPUT, ExecAction
from wherry.kubelet.runtime.contract import RuntimeFault

from tests.support import run


class Session:
    """A program that printed, and ended or (with no code) hangs with its output open."""

    stdin = stderr = -1

    def __init__(self, output: bytes, code: int | None) -> None:
        self.stdout, self._write = os.pipe()
        os.write(self._write, output)
        self._code = code
        self.killed = False
        if code is not None:
            os.close(self._write)

    async def wait(self) -> int:
        assert self._code is not None
        return self._code

    def kill(self) -> None:
        self.killed = True
        os.close(self._write)


class Executing:
    def __init__(self, session: Session | None = None, fault: str = "") -> None:
        self.session = session
        self.fault = fault

    async def exec(self, container_id: str, argv: list[str], *, tty: bool, stdin: bool) -> Any:
        if self.fault:
            raise RuntimeFault("StartError", self.fault)
        return self.session


def probe(runtime: Executing, timeout: float = 1) -> Outcome:
    action = ExecAction(runtime, SystemClock())  # type: ignore[arg-type]
    target = Target("127.64.1.2", "c0", {"name": "c"}, {})
    return run(action(target, {"command": ["cat", "/tmp/healthy"]}, timeout))


@pytest.mark.parametrize(("code", "ok"), [(0, True), (1, False), (137, False)])
def test_the_exit_code_decides_and_the_output_is_the_message(code: int, ok: bool) -> None:
    assert probe(Executing(Session(b"words\n", code))) == Outcome(ok, "words\n")


def test_long_output_is_cut() -> None:
    assert len(probe(Executing(Session(b"x" * 20_000, 1))).message) == MAX_OUTPUT


def test_a_program_that_hangs_is_killed_and_has_failed() -> None:
    session = Session(b"", None)
    outcome = probe(Executing(session), timeout=0.05)
    text = 'command timed out: "cat /tmp/healthy" timed out after 50ms'
    assert (outcome, session.killed) == (Outcome(False, text), True)


@pytest.mark.parametrize(
    "fault", ["container not running", 'exec: "cat": executable file not found in $PATH']
)
def test_a_program_that_cannot_be_started_counts_neither_way(fault: str) -> None:
    assert probe(Executing(fault=fault)) == Outcome(False, fault, True)
