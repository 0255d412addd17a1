"""The zygote: one small process per node that forks, watches and logs the containers, and outlives a
restarted kubelet.

Single-threaded around one selector, because a process that forks must hold no locks. It speaks to the kubelet
over a SEQPACKET socket: JSON requests with an `op`, answers with the same `seq`, events without one. When the
kubelet is gone for longer than the linger time, the containers are ended: a node that nobody drives must not
live for ever.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pty
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from . import child, forks, mode, notify, rootfs, spaces, syscalls
from .logfile import LogFile
from .proc import Proc

SOCKET = "zygote.sock"


class Zygote:
    def __init__(self, directory: Path, linger: float) -> None:
        self._directory = directory
        self._linger = linger
        self._selector = selectors.DefaultSelector()
        self._procs: dict[str, Proc] = {}
        self._by_pid: dict[int, Proc] = {}
        self._spaces = spaces.Spaces()
        self._kubelet: socket.socket | None = None
        self._alone_since = time.monotonic()
        self._running = True
        self._mode = mode.detect(directory)
        self._submounts = rootfs.host_mounts() if self._mode.namespaces else []
        self._ops: dict[str, Callable[[dict[str, Any], list[int]], None]] = {
            "start": self._start, "exec": self._exec, "signal": self._signal, "remove": self._remove,
            "attach": self._attach, "list": self._list, "forget": self._forget, "shutdown": self._shutdown,
        }  # fmt: skip

    def run(self) -> None:
        """Serves until told to stop or left alone."""
        os.chdir(self._directory)
        Path(SOCKET).unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(SOCKET)
        listener.listen()
        self._watch(listener.fileno(), lambda: self._accept(listener))
        wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "_running", False))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        self._watch(wake_read, lambda: self._reap(wake_read))
        syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
        gc.collect()
        gc.freeze()
        while self._running:
            for key, _ in self._selector.select(1.0):
                if key.fd in self._selector.get_map():
                    key.data()
            if self._kubelet is None and time.monotonic() - self._alone_since > self._linger:
                break
        self._end_all()
        Path(SOCKET).unlink(missing_ok=True)

    def _watch(self, descriptor: int, handler: Callable[[], None]) -> None:
        self._selector.register(descriptor, selectors.EVENT_READ, handler)

    def _accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        self._drop_kubelet()
        self._kubelet = connection
        self._watch(connection.fileno(), self._receive)
        self._tell({"event": "hello", "namespaces": self._mode.namespaces, "network": self._mode.network})

    def _drop_kubelet(self) -> None:
        if self._kubelet is not None:
            self._selector.unregister(self._kubelet)
            self._kubelet.close()
            self._kubelet = None
        self._alone_since = time.monotonic()

    def _receive(self) -> None:
        assert self._kubelet is not None
        try:
            data, descriptors, _, _ = socket.recv_fds(self._kubelet, 1 << 20, 4)
        except OSError:
            data, descriptors = b"", []
        if not data:
            self._drop_kubelet()
            return
        message = json.loads(data)
        try:
            self._ops[message["op"]](message, descriptors)
        except Exception as error:
            self._tell({"seq": message["seq"], "error": str(error) or type(error).__name__})
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _tell(self, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
        if self._kubelet is None:
            return
        with contextlib.suppress(OSError):
            socket.send_fds(self._kubelet, [json.dumps(message).encode()], descriptors or [])

    def _start(self, message: dict[str, Any], _: list[int]) -> None:
        spec = json.loads(Path(message["spec"]).read_text())
        proc = Proc(spec["id"], spec, str(Path(message["spec"]).parent))
        enter = self._spaces.entrance(spec, self._procs.values()) if self._mode.namespaces else _nowhere
        stdio, keep = self._streams(proc)
        setup = child.container_setup(proc.directory, spec, self._mode, self._submounts)
        self._fork(proc, message["seq"], stdio, setup, enter)
        for descriptor in keep:
            os.close(descriptor)
        for descriptor in proc.outputs:
            os.set_blocking(descriptor, False)
            self._watch(descriptor, lambda d=descriptor: self._output(proc, d))  # type: ignore[misc]

    def _streams(self, proc: Proc) -> tuple[tuple[int, int, int], list[int]]:
        """The child's stdin, stdout and stderr, and which descriptors to close here afterwards."""
        proc.log = LogFile(Path(proc.spec["log_path"]))
        if proc.spec["tty"]:
            master, slave = pty.openpty()
            proc.outputs, proc.stdin = {master: "stdout"}, master
            return (slave, slave, slave), [slave]
        out_read, out_write = os.pipe2(os.O_CLOEXEC)
        err_read, err_write = os.pipe2(os.O_CLOEXEC)
        proc.outputs = {out_read: "stdout", err_read: "stderr"}
        if proc.spec["stdin"]:
            in_read, proc.stdin = os.pipe2(os.O_CLOEXEC)
        else:
            in_read = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        return (in_read, out_write, err_write), [in_read, out_write, err_write]

    def _fork(
        self, proc: Proc, seq: int, stdio: tuple[int, int, int], setup: child.Setup, enter: Callable[[], None]
    ) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

        def become() -> NoReturn:
            child.become(proc.spec, stdio, theirs, self._mode, setup)

        if self._mode.namespaces:
            proc.pid = forks.fork_inside(enter, become)
        else:
            proc.pid = os.fork()
            if proc.pid == 0:
                become()
        theirs.close()
        proc.started = time.time()
        self._procs[proc.id] = proc
        self._by_pid[proc.pid] = proc
        proc.starting = lambda: self._status(proc, seq, ours)
        self._watch(ours.fileno(), proc.starting)

    def _status(self, proc: Proc, seq: int, channel: socket.socket) -> None:
        """Hears from a starting child: its listener, why it failed, or (closed) that the program runs."""
        data, descriptors, _, _ = socket.recv_fds(channel, 1 << 16, 1)
        if data == b"L":
            sandbox = proc.spec["sandbox"]
            supervisor = notify.Supervisor(descriptors[0], sandbox["ip"], on_node=sandbox["host_network"])
            self._watch(supervisor.listener, lambda: self._notified(supervisor))
            return
        self._selector.unregister(channel)
        channel.close()
        proc.starting = None
        if data:
            self._tell({"seq": seq, "error": json.loads(data[1:]), "reason": "StartError"})
            proc.spec["failed"] = True
        else:
            self._note(proc)
            self._tell({"seq": seq, "state": proc.state()})

    def _note(self, proc: Proc) -> None:
        if self._mode.namespaces and not proc.container and spaces.shared(proc.spec):
            with contextlib.suppress(OSError):  # It has ended already.
                proc.tree = spaces.tree(proc.pid)

    def _notified(self, supervisor: notify.Supervisor) -> None:
        if not supervisor.handle() or _hung_up(supervisor.listener):
            self._selector.unregister(supervisor.listener)
            supervisor.close()

    def _output(self, proc: Proc, descriptor: int) -> None:
        try:
            data = os.read(descriptor, 1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        stream = proc.outputs[descriptor]
        if data:
            assert proc.log is not None
            proc.log.write(stream, data)
            self._tee(proc, stream, data)
            return
        self._selector.unregister(descriptor)
        del proc.outputs[descriptor]
        if descriptor == proc.stdin:
            proc.stdin = -1
        os.close(descriptor)
        self._maybe_done(proc)

    def _tee(self, proc: Proc, stream: str, data: bytes) -> None:
        for entry in [t for t in proc.tees if t[0] == stream]:
            try:
                os.write(entry[1], data)
            except OSError:
                # Whoever attached has left, or does not keep up; the container must not wait for it.
                proc.tees.remove(entry)
                os.close(entry[1])

    def _reap(self, wake: int) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(wake, 4096)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            proc = self._by_pid.pop(pid, None)
            if proc is not None:
                code = os.waitstatus_to_exitcode(status)
                proc.signal, proc.code = max(-code, 0), code if code >= 0 else 128 - code
                self._ended(proc)

    def _ended(self, proc: Proc) -> None:
        while proc.starting is not None:
            # How it started is told before how it ended; nothing is left to wait for.
            proc.starting()
        if not self._mode.namespaces and not proc.container:
            forks.kill_session(proc.pid)
        if proc.tree:
            spaces.kill_left(proc.tree)
        for descriptor in list(proc.outputs):
            # What the program wrote last is still in the pipe.
            for _ in range(64):
                if descriptor not in proc.outputs or not _readable(descriptor):
                    break
                self._output(proc, descriptor)
        self._maybe_done(proc, force=True)

    def _maybe_done(self, proc: Proc, force: bool = False) -> None:
        if proc.code is None or proc.finished or (proc.outputs and not force):
            return
        proc.finished = time.time()
        for descriptor in list(proc.outputs):
            self._selector.unregister(descriptor)
            os.close(descriptor)
            if descriptor == proc.stdin:
                proc.stdin = -1
        proc.outputs.clear()
        for _, descriptor in proc.tees:
            os.close(descriptor)
        proc.tees.clear()
        if proc.stdin >= 0:
            os.close(proc.stdin)
            proc.stdin = -1
        if proc.log is not None:
            proc.log.close()
        failed = proc.spec.get("failed", False)
        if proc.container or failed:
            del self._procs[proc.id]
        if not failed:
            self._tell({"event": "exec_exited" if proc.container else "exited", "state": proc.state()})

    def _exec(self, message: dict[str, Any], descriptors: list[int]) -> None:
        target = self._procs.get(message["container"])
        if target is None or target.finished:
            raise ProcessLookupError("container not found" if target is None else "container not running")
        spec = {**target.spec, "argv": message["argv"], "tty": message["tty"], "standin": message["standin"]}
        spec["exec"] = message["id"]
        proc = Proc(message["id"], spec, target.directory)
        proc.container = target.id
        stdin, stdout, stderr = descriptors
        setup = child.exec_setup(target.pid, self._mode)
        self._fork(proc, message["seq"], (stdin, stdout, stderr), setup, lambda: forks.join_pids(target.pid))

    def _attach(self, message: dict[str, Any], descriptors: list[int]) -> None:
        target = self._procs.get(message["container"])
        if target is None or target.finished:
            raise ProcessLookupError("container not running")
        for stream, descriptor in zip(("stdout", "stderr"), descriptors, strict=False):
            copy = os.dup(descriptor)
            os.set_blocking(copy, False)
            target.tees.append((stream, copy))
        stdin = [target.stdin] if target.stdin >= 0 and message["stdin"] else []
        self._tell({"seq": message["seq"], "stdin": bool(stdin)}, stdin)
        if stdin and not target.spec["tty"] and target.spec["stdin_once"]:
            os.close(target.stdin)
            target.stdin = -1

    def _signal(self, message: dict[str, Any], _: list[int]) -> None:
        proc = self._procs.get(message["id"])
        if proc is not None and not proc.finished and proc.pid in self._by_pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(proc.pid, message["signal"])
        self._tell({"seq": message["seq"]})

    def _remove(self, message: dict[str, Any], _: list[int]) -> None:
        proc = self._procs.get(message["id"])
        if proc is not None and proc.finished:
            del self._procs[proc.id]
        self._tell({"seq": message["seq"]})

    def _forget(self, message: dict[str, Any], _: list[int]) -> None:
        self._spaces.end(message["uid"])
        self._tell({"seq": message["seq"]})

    def _list(self, message: dict[str, Any], _: list[int]) -> None:
        for proc in self._procs.values():
            if not proc.container:
                self._tell({"event": "listed", "state": proc.state(), "spec": f"{proc.directory}/spec.json"})
        self._tell({"seq": message["seq"]})

    def _shutdown(self, message: dict[str, Any], _: list[int]) -> None:
        self._end_all()
        self._tell({"seq": message["seq"]})
        self._running = False

    def _end_all(self) -> None:
        self._spaces.end_all()
        for pid in self._by_pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        # In any order: the first process of a PID namespace ends only after the others were waited for.
        with contextlib.suppress(ChildProcessError):
            while self._by_pid:
                pid, _ = os.waitpid(-1, 0)
                if self._by_pid.pop(pid, None) is not None and not self._mode.namespaces:
                    forks.kill_session(pid)
        self._by_pid.clear()


def _nowhere() -> None:
    """Without namespaces."""


def _readable(descriptor: int) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        return bool(selector.select(0))


def _hung_up(descriptor: int) -> bool:
    """Whether no process is left behind a listener."""
    import select

    poll = select.poll()
    poll.register(descriptor, select.POLLHUP)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


def main() -> None:
    """`zygote DIRECTORY LINGER_SECONDS`."""
    Zygote(Path(sys.argv[1]), float(sys.argv[2])).run()


if __name__ == "__main__":
    main()
