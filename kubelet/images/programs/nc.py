"""`nc`: connects standard input and output to a TCP or UDP port or a Unix domain socket, or listens on one.
Source: nc(1) of OpenBSD, and `-e` of busybox."""

from __future__ import annotations

import contextlib
import errno
import getopt
import os
import select
import socket
import subprocess
import sys
from typing import Any, NamedTuple

CHUNK = 65536
UDP_TEST_SECONDS = 0.2


class Options(NamedTuple):
    host: str = ""
    port: str = ""
    verbose: bool = False
    scan: bool = False
    udp: bool = False
    unix: bool = False
    """`host` is the path of a socket."""
    listen: bool = False
    again: bool = False
    shut: bool = False
    """Tells the peer when standard input ends."""
    wait: float | None = None
    """Seconds, for the connection and then for silence."""
    command: tuple[str, ...] = ()


def main(arguments: list[str]) -> int:
    try:
        options = read(arguments)
    except (getopt.GetoptError, ValueError) as error:
        print(f"nc: {error}", file=sys.stderr)
        return 1
    try:
        return _listen(options) if options.listen else _connect(options)
    except KeyboardInterrupt:
        return 130


def read(arguments: list[str]) -> Options:
    """GetoptError or ValueError for what makes no sense. `-e` takes all that follows."""
    command: list[str] = []
    if "-e" in arguments:
        at = arguments.index("-e")
        arguments, command = arguments[:at], arguments[at + 1 :]
    flags, rest = getopt.gnu_getopt(arguments, "46dhklnrtuvzNCUw:q:i:s:p:")
    given = dict(flags)
    port, host = given.get("-p", ""), ""
    if "-U" in given and rest:
        host = rest[0]
    elif "-l" in given:
        port = port or (rest[-1] if rest else "")
        host = rest[0] if len(rest) > 1 else ""
    elif len(rest) == 2:
        host, port = rest
    else:
        raise ValueError("usage: nc [-klNUuvz] [-p port] [-w timeout] [-e program …] [destination] [port]")
    return Options(
        host, port, "-v" in given, "-z" in given, "-u" in given, "-U" in given, "-l" in given, "-k" in given,
        "-N" in given or "-q" in given, float(given["-w"]) if "-w" in given else None, tuple(command),
    )  # fmt: skip


def _connect(options: Options) -> int:
    kind, name = (socket.SOCK_DGRAM, "udp") if options.udp else (socket.SOCK_STREAM, "tcp")
    try:
        found = _addresses(options, kind)
    except OSError as error:
        print(f'nc: getaddrinfo for host "{options.host}" port {options.port}: {error}', file=sys.stderr)
        return 1
    for family, address in found:
        sock = socket.socket(family, kind)
        try:
            sock.settimeout(options.wait)
            sock.connect(address)
            if options.udp and (options.verbose or options.scan):
                _test(sock)
        except OSError as error:
            text = "Operation timed out" if isinstance(error, TimeoutError) else os.strerror(error.errno or 0)
            if options.verbose:
                where = f"{options.host} port {options.port} ({name})"
                print(f"nc: connect to {where} failed: {text}", file=sys.stderr)
            sock.close()
            continue
        if options.verbose:
            shown = f"{options.host} {options.port} port [{name}/*]"
            print(f"Connection to {shown} succeeded!", file=sys.stderr, flush=True)
        with sock:
            if not options.scan:
                _relay(sock, options)
        return 0
    return 1


def _addresses(options: Options, kind: socket.SocketKind) -> list[tuple[int, Any]]:
    """Where to connect: (address family, address), in the order of trying."""
    if options.unix:
        return [(socket.AF_UNIX, options.host)]
    found = socket.getaddrinfo(options.host, options.port, socket.AF_INET, kind)
    return [(family, address) for family, _, _, _, address in found]


def _test(sock: socket.socket) -> None:
    """Whether a datagram is refused, which is told a moment later. ConnectionRefusedError then."""
    sock.send(b"X")
    if select.select([sock], [], [], UDP_TEST_SECONDS)[0]:
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code == errno.ECONNREFUSED:
            raise ConnectionRefusedError(code, os.strerror(code))


def _listen(options: Options) -> int:
    kind = socket.SOCK_DGRAM if options.udp else socket.SOCK_STREAM
    with socket.socket(socket.AF_UNIX if options.unix else socket.AF_INET, kind) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(options.host if options.unix else (options.host, int(options.port or 0)))
        if options.udp:
            return _datagrams(sock, options)
        sock.listen()
        while True:
            peer, address = sock.accept()
            if options.verbose:
                place = options.host if options.unix else f"{address[0]} {address[1]}"
                print(f"Connection received on {place}", file=sys.stderr, flush=True)
            with peer:
                _serve(peer, options)
            if not options.again:
                return 0


def _serve(peer: socket.socket, options: Options) -> None:
    if options.command:
        subprocess.run(options.command, stdin=peer.fileno(), stdout=peer.fileno(), check=False)
        return
    _relay(peer, options)


def _datagrams(sock: socket.socket, options: Options) -> int:
    """Talks to whoever sends the first one."""
    data, peer = sock.recvfrom(CHUNK)
    _write(data)
    sock.connect(peer)
    _relay(sock, options)
    return 0


def _relay(sock: socket.socket, options: Options) -> None:
    """Until the peer closes, or says nothing for the time that is waited."""
    sock.settimeout(None)
    sources: list[int] = [sock.fileno(), 0]
    while sock.fileno() in sources:
        ready = select.select(sources, [], [], options.wait)[0]
        if not ready:
            return
        if 0 in ready:
            data = os.read(0, CHUNK)
            if data:
                sock.sendall(data)
            else:
                sources.remove(0)
                if options.shut:
                    with contextlib.suppress(OSError):
                        sock.shutdown(socket.SHUT_WR)
        if sock.fileno() in ready:
            try:
                data = sock.recv(CHUNK)
            except ConnectionError:
                return
            if not data and not options.udp:
                return
            _write(data)


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
