"""kubectl of three releases, 1.20 over SPDY: exec, attach, cp, logs, port-forward, proxy."""

from __future__ import annotations

import re
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clients.conftest import kubectl_of, namespaced
from tests.clients.objects import BOX, SHOP
from tests.e2e.kubectl import Kubectl
from tests.e2e.local import free_port
from tests.e2e.waiting import until


@pytest.fixture(scope="module")
def box(release: str, admin: Kubectl, downloads: Path) -> Iterator[Kubectl]:
    with namespaced(admin, f"streams-{release}") as name:
        kubectl = Kubectl(kubectl_of(release, downloads), admin.kubeconfig, name)
        kubectl("apply", "-f", "-", stdin=BOX)
        kubectl("apply", "-f", "-", stdin=SHOP)
        kubectl("wait", "--for=condition=Ready", "pod/box", "--timeout=40s")
        kubectl("rollout", "status", "deployment/shop", "--timeout=40s")
        yield kubectl


@contextmanager
def started(kubectl: Kubectl, *args: str) -> Iterator[subprocess.Popen[str]]:
    process = kubectl.start(*args)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def test_exec_keeps_streams_and_exit_codes_apart(box: Kubectl) -> None:
    done = box.run("exec", "box", "--", "sh", "-c", "echo out; echo err >&2; exit 3")
    assert done.returncode == 3 and done.stdout == "out\n"
    assert done.stderr.startswith("err\n") and "command terminated with exit code 3" in done.stderr
    assert box("exec", "-i", "box", "--", "cat", stdin="to the end") == "to the end"
    assert box("exec", "deployment/shop", "--", "echo", "one").strip() == "one"
    long = "a" * 20_000
    assert box("exec", "box", "--", "echo", long).strip() == long
    assert "executable file not found" in box.run("exec", "box", "--", "nothing-like-it").stderr


def test_exec_on_a_terminal(box: Kubectl) -> None:
    command = " ".join(
        box.command("exec", "-it", "box", "--", "sh", "-c", "'tty >/dev/null && echo terminal; stty size'")
    )
    done = subprocess.run(
        ["script", "-qec", f"stty rows 33 cols 99; {command}", "/dev/null"],
        capture_output=True, text=True, timeout=30, env=box.environment,
    )  # fmt: skip
    assert done.returncode == 0 and "terminal" in done.stdout, done
    assert "33 99" in done.stdout


def test_a_long_stream_arrives_whole(box: Kubectl) -> None:
    assert len(box("exec", "box", "--", "sh", "-c", "seq 1 200000")) == 1288895


def test_files_go_both_ways(box: Kubectl, tmp_path: Path) -> None:
    whole = bytes(range(256)) * 4096
    (tmp_path / "sent").write_bytes(whole)
    box("cp", str(tmp_path / "sent"), "box:/tmp/there")
    box("cp", "box:/tmp/there", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == whole
    box.run("cp", "box:/tmp/missing", str(tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_attach_speaks_to_the_running_process(box: Kubectl) -> None:
    with started(box, "attach", "-i", "box") as attached:
        typed = attached.stdin
        assert typed is not None and attached.stdout is not None

        def answered() -> bool:
            typed.write("hello\n")
            typed.flush()
            return "got hello" in box("logs", "box")

        until(answered)
        lines = iter(attached.stdout.readline, "")
        assert any(line == "got hello\n" for line in lines)


def test_logs_are_followed(box: Kubectl) -> None:
    box(
        "run",
        "ticker",
        "--image=busybox",
        "--",
        "sh",
        "-c",
        "for i in 1 2 3; do echo $i; sleep 0.3; done; sleep 100",
    )
    box("wait", "--for=condition=Ready", "pod/ticker", "--timeout=40s")
    with started(box, "logs", "-f", "ticker") as following:
        assert [first_line(following) for _ in range(3)] == ["1\n", "2\n", "3\n"]
    assert box("logs", "ticker", "--tail=1") == "3\n"
    assert box("logs", "-l", "app=box", "--prefix").startswith("[pod/box/main] started")


@pytest.mark.parametrize("what", ["service/shop", "deployment/shop"])
def test_a_port_is_forwarded(box: Kubectl, what: str) -> None:
    local = free_port()
    with started(box, "port-forward", what, f"{local}:80") as forward:
        assert "Forwarding from 127.0.0.1" in first_line(forward)
        for _ in range(5):
            assert "Welcome to nginx" in fetch(f"http://127.0.0.1:{local}")


def test_a_port_where_nobody_listens(box: Kubectl) -> None:
    local = free_port()
    with started(box, "port-forward", "pod/box", f"{local}:81") as forward:
        assert "Forwarding from 127.0.0.1" in first_line(forward)
        with pytest.raises(OSError):
            fetch(f"http://127.0.0.1:{local}")
        assert forward.stdout is not None
        lines = iter(forward.stdout.readline, "")
        assert any("connection refused" in line for line in lines)


def test_the_proxy_reaches_api_and_service(box: Kubectl) -> None:
    with started(box, "proxy", "--port=0") as proxy:
        found = re.search(r"127\.0\.0\.1:(\d+)", first_line(proxy))
        assert found is not None
        base = f"http://{found[0]}"
        assert '"gitVersion"' in fetch(f"{base}/version")
        path = f"/api/v1/namespaces/{box.namespace}/services/shop:http/proxy/"
        assert "Welcome to nginx" in fetch(base + path)
