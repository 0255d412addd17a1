"""Starts a local cluster, in the foreground or detached, and stops it."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import CliError
from . import kubeconfig as merged
from . import ready, state
from .paths import DEFAULT_NAME, ClusterPaths, locate
from .spec import ClusterSpec
from .state import ClusterState, Slot

READY_SECONDS = 60.0
Say = Callable[[str], None]
log = logging.getLogger("wherry.launch")


def up(spec: ClusterSpec, paths: ClusterPaths, *, detach: bool, kubeconfig: Path | None) -> int:
    """Returns the exit code; raises CliError when the cluster cannot be started."""
    paths.root.mkdir(parents=True, exist_ok=True)
    if detach:
        return _detached(spec, paths, kubeconfig)
    return _serve(spec, paths, kubeconfig, _say, lambda ok: None)


def _say(text: str) -> None:
    print(text, flush=True)


def _detached(spec: ClusterSpec, paths: ClusterPaths, kubeconfig: Path | None) -> int:
    """Forks the supervisor, passes on what it says, and returns once it is ready or has failed."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        os.setsid()
        code = _background(spec, paths, kubeconfig, writer)
        os._exit(code)
    os.close(writer)
    done = b""
    with os.fdopen(reader, "rb", buffering=0) as pipe:
        while chunk := pipe.read(4096):
            done = chunk[-1:]
            with contextlib.suppress(BrokenPipeError):
                sys.stdout.buffer.write(chunk.strip(b"\0\1"))
                sys.stdout.flush()
            if done in (b"\0", b"\1"):
                break
    return 0 if done == b"\0" else 1


def _background(spec: ClusterSpec, paths: ClusterPaths, kubeconfig: Path | None, writer: int) -> int:
    """The supervisor of a detached cluster: its words go to the launcher until it is ready, then to its
    log."""
    paths.logs.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(paths.log("supervisor"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.set_inheritable(writer, False)

    launcher = os.fdopen(writer, "wb", buffering=0)

    def tell(data: bytes) -> None:
        # The launcher may have been interrupted; the cluster comes up all the same.
        with contextlib.suppress(BrokenPipeError):
            launcher.write(data)

    def say(text: str) -> None:
        if launcher.closed:
            log.info("%s", text)
        else:
            tell(text.encode() + b"\n")

    def done(ok: bool) -> None:
        if not launcher.closed:
            tell(b"\0" if ok else b"\1")
            launcher.close()

    try:
        return _serve(spec, paths, kubeconfig, say, done)
    except CliError as error:
        say(f"error: {error}")
        done(False)
        return error.code
    except Exception as error:
        log.exception("the supervisor failed")
        say(f"error: the supervisor failed: {error!r}. Log: {paths.log('supervisor')}")
        done(False)
        return 1


def _serve(
    spec: ClusterSpec, paths: ClusterPaths, kubeconfig: Path | None, say: Say, done: Callable[[bool], None]
) -> int:
    began = time.monotonic()
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname).1s %(message)s"
    )
    held = state.lock(paths)
    spec, slot = _placed(spec, paths)
    _check_port(spec)
    supervisor = _start(spec, paths)
    try:
        _wait(supervisor, spec, paths, began, say)
        target = merged.publish(spec.name, paths, kubeconfig)
        _summary(spec, paths, target, time.monotonic() - began, say)
        done(True)
        supervisor.run()
        say(f"✓ cluster {spec.name} is down; its data stays in {paths.root}")
    except BaseException:
        supervisor.stop()
        raise
    finally:
        paths.state.unlink(missing_ok=True)
        os.close(held)
        slot.release()
    return 0


def _placed(spec: ClusterSpec, paths: ClusterPaths) -> tuple[ClusterSpec, Slot]:
    """The spec with its address range: the one its data had before, else one that no other data has."""
    slot = Slot()
    others = {state.remembered(locate(name)) for name in state.known()}
    number = slot.take(state.remembered(paths), {one for one in others if one is not None})
    state.remember(paths, number)
    return spec.model_copy(update={"slot": number}), slot


def _check_port(spec: ClusterSpec) -> None:
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((spec.bind, spec.port))
        except OSError as error:
            raise CliError(
                f"cannot listen on {spec.bind}:{spec.port}: {error.strerror}. "
                "Something else uses the port: choose another with --port, or stop that program."
            ) from None


def _start(spec: ClusterSpec, paths: ClusterPaths) -> Any:
    from ..apimachinery.clock import SystemClock
    from . import components, pki
    from .supervisor import Supervisor

    clock = SystemClock(spec.time_scale)
    pki.prepare(spec, paths, datetime.now(UTC))
    record = ClusterState(spec=spec, supervisor=os.getpid())
    supervisor = Supervisor(components.components(spec, paths, clock), paths, record, lambda: None)
    supervisor.start()
    return supervisor


def _wait(supervisor: Any, spec: ClusterSpec, paths: ClusterPaths, began: float, say: Say) -> None:
    """Until the API is ready and every node is Ready. CliError with the log's end when a component dies."""
    probe, told = ready.Probe(spec, paths), False
    deadline = time.monotonic() + READY_SECONDS
    while not probe.done():
        if not supervisor.pump(probe.pause):
            raise CliError("interrupted", 130)
        if probe.api and not told:
            say(f"• API server ready after {time.monotonic() - began:.1f} s")
            told = True
        if (dead := supervisor.failed()) is not None:
            raise CliError(f"{dead} did not start:\n{ready.tail(paths.log(dead))}")
        if time.monotonic() > deadline:
            raise CliError(
                f"the cluster is not ready after {READY_SECONDS:.0f} s: {probe.missing()}. Logs: {paths.logs}"
            )
    supervisor.mark_ready()


def _summary(
    spec: ClusterSpec, paths: ClusterPaths, target: merged.Published, seconds: float, say: Say
) -> None:
    nodes = f"{spec.nodes} node{'' if spec.nodes == 1 else 's'}"
    say(f"✓ cluster {spec.name} is up: {spec.server}, {nodes} ({spec.runtime}), in {seconds:.1f} s")
    say(f"  data {paths.root}, kubeconfig {target.path} (context {target.context})")
    flag = _flag(spec, paths)
    say(f"  try: kubectl get nodes     or without kubectl: wherry get nodes{flag}")
    say(f"  stop: wherry down{flag}")


def _flag(spec: ClusterSpec, paths: ClusterPaths) -> str:
    """What other commands need to find this cluster again."""
    if paths.root != locate(spec.name).root:
        return f" --data-dir {paths.root}"
    return "" if spec.name == DEFAULT_NAME else f" --name {spec.name}"


def stop(paths: ClusterPaths, seconds: float = 30.0) -> int:
    """`wherry down`: ends the supervisor and with it everything. CliError when nothing runs there."""
    found = state.running(paths)
    if found is None:
        paths.state.unlink(missing_ok=True)
        raise CliError(f"no cluster is running in {paths.root}")
    os.kill(found.supervisor, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while state.alive(found.supervisor) and time.monotonic() < deadline:
        time.sleep(0.02)
        _reap(found.supervisor)
    if state.alive(found.supervisor):
        raise CliError(
            f"process {found.supervisor} did not stop within {seconds:.0f} s: see {paths.log('supervisor')}"
        )
    print(f"✓ cluster {found.spec.name} is down; its data stays in {paths.root}")
    return 0


def _reap(pid: int) -> None:
    """Collects the supervisor when it is our own child (the Python API's case)."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
