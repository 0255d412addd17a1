"""The process runtime as the kubelet sees it: requests to the zygote, and descriptors of sessions."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import itertools
import json
import logging
import os
import pty
import shutil
import signal
import socket
import struct
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...images.standins import BARE, TOOLS
from ...images.tools import APPLETS
from ..contract import ContainerSpec, ContainerState, Limits, Mount, RuntimeFault, Sandbox, Session, Usage
from . import cgroup
from . import usage as usage_of
from .child import explain
from .portmap import PortMap
from .zygote import SOCKET

PROGRAMS = str(Path(__file__).parents[2] / "images" / "programs")

log = logging.getLogger(__name__)


class ProcessSession:
    """An exec or attach; see `contract.Session`."""

    def __init__(
        self, stdin: int, stdout: int, stderr: int, done: asyncio.Future[int], kill: Callable[[], None]
    ):
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self._done = done
        self._kill = kill

    async def wait(self) -> int:
        return await asyncio.shield(self._done)

    def kill(self) -> None:
        self._kill()


class ProcessRuntime:
    """Owns the connection to the zygote of one node. `directory` is the node's own, `linger` seconds are real
    ones."""

    name = "wherry-process"
    version = "1.0.0"

    def __init__(self, directory: Path, linger: float = 30.0) -> None:
        self._run = directory / "run"
        self._pods = directory / "containers"
        self._linger = linger
        self._socket: socket.socket | None = None
        self._seq = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[tuple[dict[str, Any], list[int]]]] = {}
        self._states: dict[str, ContainerState] = {}
        self._specs: dict[str, dict[str, Any]] = {}
        self._ends: dict[str, asyncio.Future[int]] = {}
        self._handler: Callable[[ContainerState], None] = lambda state: None
        self._hello: asyncio.Future[None] | None = None
        self._pid = 0
        self._ports = PortMap()
        self._shared: set[str] = set()
        """Pods whose containers share their processes."""
        self.namespaces = False
        self.isolated_network = False

    def on_exit(self, handler: Callable[[ContainerState], None]) -> None:
        self._handler = handler

    async def open(self) -> None:
        self._run.mkdir(parents=True, exist_ok=True)
        if not self._connect():
            self._spawn()
            for _ in range(500):
                await asyncio.sleep(0.01)
                if self._connect():
                    break
            else:
                raise RuntimeFault("RuntimeNotReady", "the zygote did not start; see zygote.log")
        assert self._socket is not None
        loop = asyncio.get_running_loop()
        self._hello = loop.create_future()
        self._socket.setblocking(False)
        loop.add_reader(self._socket, self._receive)
        await self._hello
        await self._request({"op": "list"})
        log.info("process runtime: namespaces=%s network=%s", self.namespaces, self.isolated_network)

    async def close(self) -> None:
        await self._ports.close_all()
        if self._socket is None:
            return
        with contextlib.suppress(RuntimeFault):
            await self._request({"op": "shutdown"})
        self._disconnect("closed")
        if self._pid:
            await asyncio.to_thread(os.waitpid, self._pid, 0)
        shutil.rmtree(self._pods, ignore_errors=True)

    def detach(self) -> None:
        """Leaves the containers running for a successor that opens the same directory."""
        self._disconnect("detached")

    def _spawn(self) -> None:
        module = __name__.rpartition(".")[0] + ".zygote"
        argv = [sys.executable, "-m", module, str(self._run), str(self._linger)]
        log_flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(self._run / "zygote.log"), log_flags, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        # Not a `subprocess`, which would have to be waited for: it may outlive this process.
        self._pid = os.posix_spawn(sys.executable, argv, os.environ, file_actions=actions, setsid=True)

    def _connect(self) -> bool:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        folder = os.open(self._run, os.O_PATH)
        try:
            # A path of its own may be longer than the 107 bytes that a socket address holds.
            sock.connect(f"/proc/self/fd/{folder}/{SOCKET}")
        except OSError:
            sock.close()
            return False
        finally:
            os.close(folder)
        self._socket = sock
        return True

    def _disconnect(self, why: str) -> None:
        if self._socket is None:
            return
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        self._socket = None
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(RuntimeFault("RuntimeNotReady", f"the container runtime is {why}"))
        self._waiting.clear()

    def _receive(self) -> None:
        assert self._socket is not None
        try:
            data, descriptors, _, _ = socket.recv_fds(self._socket, 1 << 20, 4)
        except BlockingIOError:
            return
        except OSError:
            data, descriptors = b"", []
        if not data:
            log.error("the zygote has ended")
            self._disconnect("down")
            return
        message = json.loads(data)
        if "event" in message:
            self._event(message)
            return
        future = self._waiting.pop(message["seq"], None)
        if future is not None and not future.done():
            future.set_result((message, descriptors))

    def _event(self, message: dict[str, Any]) -> None:
        if message["event"] == "hello":
            self.namespaces, self.isolated_network = message["namespaces"], message["network"]
            if self._hello is not None and not self._hello.done():
                self._hello.set_result(None)
            return
        state = ContainerState(**message["state"])
        if message["event"] == "exec_exited":
            end = self._ends.pop(state.id, None)
            if end is not None and not end.done():
                end.set_result(state.exit_code)
            return
        if message["event"] == "listed":
            self._specs[state.id] = json.loads(Path(message["spec"]).read_text())
        old = self._states.get(state.id)
        if old is not None and old.reason:
            state = state._replace(reason=old.reason)
        self._states[state.id] = state
        if message["event"] == "exited":
            end = self._ends.pop(state.id, None)
            if end is not None and not end.done():
                end.set_result(state.exit_code)
            self._handler(state)

    async def _request(
        self, message: dict[str, Any], descriptors: list[int] | None = None
    ) -> tuple[dict[str, Any], list[int]]:
        if self._socket is None:
            raise RuntimeFault("RuntimeNotReady", "the container runtime is down")
        message["seq"] = next(self._seq)
        future: asyncio.Future[tuple[dict[str, Any], list[int]]] = asyncio.get_running_loop().create_future()
        self._waiting[message["seq"]] = future
        data = json.dumps(message).encode()
        while True:
            try:
                socket.send_fds(self._socket, [data], descriptors or [])
                break
            except BlockingIOError:
                await asyncio.sleep(0.001)
            except OSError as error:
                self._waiting.pop(message["seq"], None)
                raise RuntimeFault("RuntimeNotReady", str(error)) from error
        answer, received = await future
        if "error" in answer:
            raise RuntimeFault(answer.get("reason", "RuntimeError"), answer["error"])
        return answer, received

    async def run_sandbox(self, sandbox: Sandbox) -> None:
        sandbox.directory.mkdir(parents=True, exist_ok=True)
        if sandbox.processes == "pod":
            self._shared.add(sandbox.uid)
        await self._ports.open(sandbox)

    async def remove_sandbox(self, uid: str) -> None:
        await self._ports.close(uid)
        if uid in self._shared:
            self._shared.remove(uid)
            await self._request({"op": "forget", "uid": uid})

    async def start_container(self, spec: ContainerSpec) -> ContainerState:
        directory = self._pods / spec.id
        directory.mkdir(parents=True, exist_ok=True)
        text = {
            **spec._asdict(),
            "sandbox": spec.sandbox._asdict(),
            "mounts": [m._asdict() for m in spec.mounts],
        }
        text["mounts"] = [*self._limits(spec, directory / "cgroup"), *text["mounts"]]
        text["env"] = {**default_env(spec.user), **spec.env}
        text["argv"] = list(spec.argv)
        path = directory / "spec.json"
        path.write_text(json.dumps(text, default=str))
        try:
            answer, _ = await self._request({"op": "start", "spec": str(path.resolve())})
        except RuntimeFault:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        state = ContainerState(**answer["state"])
        # A very short program may have ended before the answer to its start was read.
        self._states.setdefault(spec.id, state)
        self._specs[spec.id] = text
        return self._states[spec.id]

    def _limits(self, spec: ContainerSpec, directory: Path) -> list[dict[str, Any]]:
        """The mount that shows a container its limits; one that is privileged sees the machine's."""
        cgroup.write(directory, Limits(spec.memory_limit, spec.cpu_limit, spec.cpu_request))
        if spec.privileged or not self.namespaces or not cgroup.ROOT.is_dir():
            return []
        return [Mount(str(cgroup.ROOT), str(directory.absolute()), read_only=True)._asdict()]

    async def signal(self, container_id: str, number: int) -> None:
        if container_id in self._states:
            await self._request({"op": "signal", "id": container_id, "signal": number})

    def mark(self, container_id: str, reason: str) -> None:
        """Gives the reason (for example "OOMKilled") that the coming end of a container shall have."""
        if container_id in self._states:
            self._states[container_id] = self._states[container_id]._replace(reason=reason)

    async def remove_container(self, container_id: str) -> None:
        if self._states.pop(container_id, None) is not None:
            self._specs.pop(container_id, None)
            await self._request({"op": "remove", "id": container_id})
        shutil.rmtree(self._pods / container_id, ignore_errors=True)

    async def exec(self, container_id: str, argv: list[str], *, tty: bool, stdin: bool) -> Session:
        ident = f"exec-{os.getpid()}-{next(self._seq)}"
        if self._specs.get(container_id, {}).get("standin") in BARE:
            why = explain({"argv": argv, "exec": ident}, FileNotFoundError())
            raise RuntimeFault("RunContainerError", why)
        theirs, ours = _terminal() if tty else _pipes(stdin)
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._ends[ident] = done
        request = {
            "op": "exec",
            "id": ident,
            "container": container_id,
            "argv": argv,
            "tty": tty,
            "standin": self._tool(container_id, argv),
        }
        try:
            answer, _ = await self._request(request, list(theirs))
        except RuntimeFault:
            self._ends.pop(ident, None)
            for descriptor in {*ours} - {-1}:
                os.close(descriptor)
            raise
        finally:
            for descriptor in {*theirs}:
                os.close(descriptor)
        return ProcessSession(*ours, done, lambda: _kill(answer["state"]["pid"], done))

    def _tool(self, container_id: str, argv: list[str]) -> str:
        """The stand-in that `argv` calls once more in its own container; "" for any other program."""
        spec = self._specs.get(container_id, {})
        standin: str = spec.get("standin", "")
        return standin if standin in TOOLS and argv[:1] == list(spec["argv"][:1]) else ""

    async def attach(self, container_id: str, *, stdin: bool) -> Session:
        tty = bool(self._specs.get(container_id, {}).get("tty"))
        out_read, out_write = os.pipe2(os.O_CLOEXEC)
        err_read, err_write = (-1, -1) if tty else os.pipe2(os.O_CLOEXEC)
        theirs = [d for d in (out_write, err_write) if d >= 0]
        done = self._ends.setdefault(container_id, asyncio.get_running_loop().create_future())
        try:
            request = {"op": "attach", "container": container_id, "stdin": stdin}
            _, received = await self._request(request, theirs)
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        return ProcessSession(received[0] if received else -1, out_read, err_read, done, lambda: None)

    def containers(self) -> list[ContainerState]:
        return list(self._states.values())

    def limit(self, container_id: str, limits: Limits) -> None:
        if container_id in self._specs:
            self._specs[container_id]["memory_limit"] = limits.memory
            cgroup.write(self._pods / container_id / "cgroup", limits)

    def usage(self, container_id: str) -> Usage | None:
        state = self._states.get(container_id)
        return usage_of.tree(state.pid) if state is not None and state.running else None

    def node_usage(self) -> Usage:
        return usage_of.machine()

    async def resize(self, session: Session, width: int, height: int) -> None:
        with contextlib.suppress(OSError):
            fcntl.ioctl(session.stdout, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    async def enforce_limits(self) -> None:
        """Ends containers that use more memory than their limit; called every second or so."""
        for state in self.containers():
            limit = self._specs.get(state.id, {}).get("memory_limit", 0)
            if not limit or not state.running or state.reason:
                continue
            used = usage_of.tree(state.pid)
            if used is not None and used.memory_bytes > limit:
                self.mark(state.id, "OOMKilled")
                await self.signal(state.id, signal.SIGKILL)


def default_env(user: int = -1) -> dict[str, str]:
    """What every container gets unless its pod says otherwise: usual folders first, then the node's own
    programs, then what stands in for those that it lacks, then busybox's. Images know only root,
    so the others have no home."""
    usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    extra = [str(Path(sys.executable).parent), *os.environ.get("PATH", "").split(":")]
    more = [p for p in dict.fromkeys(extra) if p and p not in usual.split(":")]
    return {"PATH": ":".join([usual, *more, PROGRAMS, APPLETS]), "HOME": "/" if user > 0 else "/root"}


def _terminal() -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    master, slave = pty.openpty()
    return (slave, slave, slave), (master, master, -1)


def _pipes(stdin: bool) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    if stdin:
        in_read, in_write = os.pipe2(os.O_CLOEXEC)
    else:
        in_read, in_write = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC), -1
    out_read, out_write = os.pipe2(os.O_CLOEXEC)
    err_read, err_write = os.pipe2(os.O_CLOEXEC)
    return (in_read, out_write, err_write), (in_write, out_read, err_read)


def _kill(pid: int, done: asyncio.Future[int]) -> None:
    if not done.done():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
