"""Pod network identity by seccomp user notification: `bind` and `connect` of a pod's processes are shown to
the zygote.

A listener on every address, or on localhost, becomes one on the pod's IP; a connection to localhost, or to no
address, which is the same, goes to the pod itself; a connection inside 127.0.0.0/8 starts from the pod's IP,
so that peers see it. Everything else is left to the kernel. See docs/decisions for why this is not a network
namespace.
Source: Linux seccomp(2), seccomp_unotify(2), pidfd_getfd(2).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import struct
from pathlib import Path

from ....apimachinery import ports
from . import syscalls

_RECEIVE = 0xC0502100
_SEND = 0xC0182101
_VALID = 0x40082102
_NEW_LISTENER = 8
_WAIT_KILLABLE = 32
_CONTINUE = 1
_ALLOW = 0x7FFF0000
_NOTIFY = 0x7FC00000
_LOAD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NOTIFICATION = struct.Struct("<QIIiIQ6Q")
_IP_BIND_ADDRESS_NO_PORT = 24
_OURS = range(16, 128)
"""The second numbers of 127.x addresses that clusters use."""
_ANY4, _LOCAL4 = bytes(4), bytes((127, 0, 0, 1))
_MAPPED = bytes(10) + b"\xff\xff"
_ANY6, _LOCAL6 = bytes(16), bytes(15) + b"\x01"
_SELF4 = (_LOCAL4, _ANY4)
_SELF6 = (_LOCAL6, _ANY6, _MAPPED + _LOCAL4, _MAPPED + _ANY4)
"""Where Linux connects to the caller's own machine: no address means localhost."""


def install() -> int:
    """Filters the calling process and all it will start; the listener's descriptor. OSError when refused."""
    numbers = syscalls.NUMBERS
    program = [
        (_LOAD, 0, 0, 4),
        (_JUMP_EQUAL, 0, 3, syscalls.ARCHES[syscalls.MACHINE]),
        (_LOAD, 0, 0, 0),
        (_JUMP_EQUAL, 2, 0, numbers["bind"]),
        (_JUMP_EQUAL, 1, 0, numbers["connect"]),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _NOTIFY),
    ]
    last: OSError | None = None
    for unprivileged in (False, True):
        if unprivileged:
            syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
        for flags in (_NEW_LISTENER | _WAIT_KILLABLE, _NEW_LISTENER):
            try:
                return syscalls.seccomp_filter(program, flags)
            except OSError as error:
                last = error
    raise last or OSError(errno.ENOSYS, "seccomp")


def supported() -> bool:
    """Tries it out in a child process: a filter cannot be taken off again."""
    pid = os.fork()
    if pid == 0:
        try:
            # Needed to answer, and refused by Docker's default seccomp profile without CAP_SYS_PTRACE.
            syscalls.pidfd_getfd(os.pidfd_open(os.getpid()), os.open(os.devnull, os.O_RDONLY))
            install()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


class Supervisor:
    """Answers the notifications of one listener, for processes whose pod has `ip`. Never blocks.

    `on_node`: the address is its node's, whose localhost has ports of others too; only those that these
    processes took are looked for at the address.
    """

    def __init__(self, listener: int, ip: str, *, on_node: bool = False) -> None:
        self.listener = listener
        self._ip = socket.inet_aton(ip)
        self._on_node = on_node
        self._taken: set[bytes] = set()

    def handle(self) -> bool:
        """Answers one notification; False when no filtered process is left."""
        buffer = bytearray(_NOTIFICATION.size)
        try:
            fcntl.ioctl(self.listener, _RECEIVE, buffer)
        except OSError as error:
            return error.errno in (errno.ENOENT, errno.EINTR, errno.EAGAIN)
        ident, pid, _, number, _, _, *args = _NOTIFICATION.unpack(buffer)
        flags = result = 0
        try:
            handler = self._bind if number == syscalls.NUMBERS["bind"] else self._connect
            flags = handler(ident, pid, args)
        except OSError as error:
            result = -(error.errno or errno.EIO)
        # The process may have died meanwhile.
        with contextlib.suppress(OSError):
            fcntl.ioctl(self.listener, _SEND, struct.pack("<QqiI", ident, 0, result, flags))
        return True

    def close(self) -> None:
        os.close(self.listener)

    def _bind(self, ident: int, pid: int, args: list[int]) -> int:
        address = self._read(ident, pid, args[1], args[2])
        family = struct.unpack_from("<H", address)[0] if len(address) >= 8 else 0
        wanted = self._listening_address(family, address)
        if wanted is None:
            return _CONTINUE
        with self._duplicate(pid, args[0]) as sock:
            if family == socket.AF_INET6 and sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
                # The pod has no IPv6 address: an IPv6-only listener beside an IPv4 one must not take its
                # port.
                return 0
            sock.bind(wanted)
        self._taken.add(address[2:4])
        return 0

    def _listening_address(self, family: int, address: bytes) -> tuple[str, int] | None:
        """Where to listen instead; None when the program named an address of its own."""
        port = struct.unpack_from(">H", address, 2)[0] if len(address) >= 4 else 0
        ip = socket.inet_ntoa(self._ip)
        if family == socket.AF_INET and address[4:8] in (_ANY4, _LOCAL4):
            return ip, _served_at(port)
        if family == socket.AF_INET6 and len(address) >= 24:
            asked = address[8:24]
            if asked in (_ANY6, _LOCAL6, _MAPPED + _ANY4, _MAPPED + _LOCAL4):
                return "::ffff:" + ip, _served_at(port)
        return None

    def _connect(self, ident: int, pid: int, args: list[int]) -> int:
        address = self._read(ident, pid, args[1], args[2])
        family = struct.unpack_from("<H", address)[0] if len(address) >= 8 else 0
        if family == socket.AF_INET and (address[4] == 127 or address[4:8] == _ANY4):
            local = address[4:8] in _SELF4 and self._has(address)
            self._substitute(pid, args, address, address[4:8], local)
            self._leave(pid, args, 4, local, self._ip)
        elif family == socket.AF_INET6 and len(address) >= 24:
            asked = address[8:24]
            local = asked in _SELF6 and self._has(address)
            if local or asked.startswith(_MAPPED + b"\x7f"):
                self._substitute(pid, args, address, asked[12:], local)
                self._leave(pid, args, 8, local, _MAPPED + self._ip)
        return _CONTINUE

    def _has(self, address: bytes) -> bool:
        """Whether a port of localhost is one of the pod."""
        return not self._on_node or address[2:4] in self._taken

    def _substitute(self, pid: int, args: list[int], address: bytes, ip: bytes, local: bool) -> None:
        """Turns a connection to a low port of the pod or the cluster to where that is served. In the caller's
        memory: a resolver compares where an answer comes from with what it holds there."""
        port: int = struct.unpack_from(">H", address, 2)[0]
        if 0 < port < ports.lowest() and (local or ip[1] in _OURS):
            with Path(f"/proc/{pid}/mem").open("r+b", buffering=0) as memory:
                os.pwrite(memory.fileno(), struct.pack(">H", ports.served_at(port)), args[1] + 2)

    def _leave(self, pid: int, args: list[int], offset: int, local: bool, own: bytes) -> None:
        """Lets a connection start at the pod's IP; one to localhost is turned to the pod in the caller's
        memory."""
        if local:
            with Path(f"/proc/{pid}/mem").open("r+b", buffering=0) as memory:
                os.pwrite(memory.fileno(), own, args[1] + offset)
        # Being seen under the pod's own address is a courtesy: a socket that cannot have it connects all the
        # same.
        with contextlib.suppress(OSError), self._duplicate(pid, args[0]) as sock:
            name = sock.getsockname()
            if name[1] == 0 and name[0] in ("0.0.0.0", "::"):
                sock.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
                ip = socket.inet_ntoa(self._ip)
                sock.bind(("::ffff:" + ip if sock.family == socket.AF_INET6 else ip, 0))

    def _read(self, ident: int, pid: int, address: int, length: int) -> bytes:
        with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
            data = os.pread(memory.fileno(), min(length, 128), address)
        # The process may be gone and its number taken by another one since the notification.
        fcntl.ioctl(self.listener, _VALID, struct.pack("<Q", ident))
        return data

    def _duplicate(self, pid: int, descriptor: int) -> socket.socket:
        pidfd = _open_process(pid)
        try:
            return socket.socket(fileno=syscalls.pidfd_getfd(pidfd, descriptor))
        finally:
            os.close(pidfd)


def _served_at(port: int) -> int:
    return ports.served_at(port) if port else 0


def _open_process(thread: int) -> int:
    """A pidfd of the process that `thread` belongs to; kernels before 6.9 open only main threads."""
    try:
        return os.pidfd_open(thread)
    except OSError:
        for line in Path(f"/proc/{thread}/status").read_text().splitlines():
            if line.startswith("Tgid:"):
                return os.pidfd_open(int(line.split()[1]))
        raise
