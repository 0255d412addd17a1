"""The CRI log format."""

from __future__ import annotations

from pathlib import Path

import pytest
from wherry.kubelet.runtime.process import logfile
from wherry.kubelet.runtime.process.logfile import LogFile


def fields(path: Path) -> list[list[str]]:
    return [line.split(" ", 3)[1:] for line in path.read_text().splitlines()]


def test_lines_carry_time_stream_and_tag(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "0.log")
    log.write("stdout", b"one\ntwo\n")
    log.write("stderr", b"bad\n")
    log.close()
    assert fields(tmp_path / "0.log") == [
        ["stdout", "F", "one"],
        ["stdout", "F", "two"],
        ["stderr", "F", "bad"],
    ]
    stamp = (tmp_path / "0.log").read_text().split(" ")[0]
    assert len(stamp) == len("2026-01-02T03:04:05.000000006Z") and stamp.endswith("Z")


def test_an_unfinished_line_waits_for_its_end(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "0.log")
    log.write("stdout", b"be")
    log.write("stdout", b"gun\nrest")
    assert fields(tmp_path / "0.log") == [["stdout", "F", "begun"]]
    log.close()
    assert fields(tmp_path / "0.log")[-1] == ["stdout", "P", "rest"]


def test_a_long_line_is_cut_into_parts(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "0.log")
    log.write("stdout", b"x" * (logfile.MAX_LINE + 1) + b"\n")
    log.close()
    assert [(tag, len(text)) for _, tag, text in fields(tmp_path / "0.log")] == [
        ("P", logfile.MAX_LINE),
        ("F", 1),
    ]


def test_full_files_are_kept_up_to_five(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logfile, "MAX_BYTES", 100)
    log = LogFile(tmp_path / "0.log")
    for number in range(40):
        log.write("stdout", f"line {number}\n".encode())
    log.close()
    assert len(list(tmp_path.iterdir())) == logfile.MAX_FILES
