"""The command line as a whole: what it lists and how it fails."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from wherry.cli import COMMANDS


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KUBECONFIG", raising=False)


def wherry(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wherry", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_help_lists_every_command() -> None:
    text = wherry("--help").stdout
    assert all(f"\n  {name} " in text for name in [*COMMANDS, "image", "token"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("down",), "no cluster is running in"),
        (("get", "pods"), "cluster wherry is not running: start it with `wherry up`"),
        (("get", "pods", "--name", "b"), "start it with `wherry up --name b`"),
        (("get", "pods", "--kubeconfig", "/nowhere"), "there is no kubeconfig /nowhere"),
        (("get", "pods", "-o", "xml"), "unknown output 'xml'"),
        (("kubeconfig",), "it was never started"),
        (("up", "--runtime", "docker"), "unknown runtime 'docker'"),
        (("up", "--storage", "tape"), "unknown storage 'tape'"),
        (("delete",), "say what to delete"),
        (("join",), "cannot join"),
        (("image", "remove", "x"), "no entry of yours is named x"),
        (("token", "create", "default", "--duration", "soon"), "--duration"),
    ],
)
def test_failures_are_one_line(words: tuple[str, ...], message: str) -> None:
    done = wherry(*words)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = wherry("up", "--data-dir", str(tmp_path / "d"), "--port", port)
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "choose another with --port" in done.stderr


def test_status_of_nothing_has_its_own_exit_code() -> None:
    done = wherry("status")
    assert (done.returncode, "is not running" in done.stdout) == (3, True)


def test_images_can_be_mapped_to_programs(tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path))
    wherry("image", "add", "example.com/app*", "--command", "python3 -m 'my app'", *where)
    first = wherry("image", "list", *where).stdout.splitlines()[1]
    assert first.split(maxsplit=1) == ["example.com/app*", "python3 -m 'my app'"]
    assert wherry("image", "remove", "example.com/app*", *where).returncode == 0
