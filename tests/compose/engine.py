"""A Docker engine to test with: the one that answers, or one of our own that ends with the test."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.waiting import until

START_SECONDS = 60.0
STOP_SECONDS = 30.0
PROGRAMS = ("docker", "dockerd", "docker-compose", "debootstrap")
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
"""dockerd and debootstrap are administrators' programs, which an ordinary PATH leaves out."""


class Engine:
    """Calls of `docker` and `docker-compose` against one engine. `host` is its URL; empty: the default."""

    def __init__(self, host: str = "") -> None:
        self.environment = os.environ | {"PATH": PATH} | ({"DOCKER_HOST": host} if host else {})

    @property
    def answers(self) -> bool:
        return self.run("docker", "info", check=False).returncode == 0

    def run(
        self,
        *command: str,
        check: bool = True,
        cwd: Path | None = None,
        timeout: float = 400.0,
        extra: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """`extra` joins the environment. AssertionError with all it printed when `check` is set."""
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=cwd,
            env=self.environment | (extra or {}),
        )
        if check and done.returncode:
            output = (done.stdout + done.stderr)[-6000:]
            raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{output}")
        return done


def missing() -> str:
    """What this machine lacks for the test, in words; empty when it has everything."""
    absent = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
    if absent:
        return f"not installed: {', '.join(absent)} (apt-get install docker.io docker-compose debootstrap)"
    if os.geteuid() != 0:
        return "debootstrap and dockerd must be started by root"
    return ""


@contextmanager
def alone() -> Iterator[None]:
    """One run at a time on this machine: they use the same addresses and the same cached base."""
    with (Path(tempfile.gettempdir()) / f"wherry-compose-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def running() -> Iterator[Engine]:
    """The default engine, or one of our own for the length of the block."""
    default = Engine()
    if default.answers:
        yield default
        return
    _mount_control_groups()
    # Not in pytest's folder: a Unix socket's path may not be long.
    directory = Path(tempfile.mkdtemp(prefix="wherry-docker-"))
    host = f"unix://{directory}/docker.sock"
    command = [
        *("dockerd", "--host", host, "--data-root", f"{directory}/data", "--exec-root", f"{directory}/run"),
        *("--pidfile", f"{directory}/docker.pid"),
    ]
    with (directory / "dockerd.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env=os.environ | {"PATH": PATH}, start_new_session=True
        )
    try:
        engine = Engine(host)
        until(lambda: engine.answers or process.poll() is not None, START_SECONDS, "dockerd to answer")
        if process.poll() is not None:
            raise AssertionError(f"dockerd ended:\n{(directory / 'dockerd.log').read_text()[-4000:]}")
        yield engine
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
        shutil.rmtree(directory)


def _mount_control_groups() -> None:
    """A machine without systemd may not have them mounted, and dockerd then refuses to start."""
    if " - cgroup" not in Path("/proc/self/mountinfo").read_text() and shutil.which(
        "cgroupfs-mount", path=PATH
    ):
        subprocess.run(["cgroupfs-mount"], check=True, env=os.environ | {"PATH": PATH})
