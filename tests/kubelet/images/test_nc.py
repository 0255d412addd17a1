"""`nc` in containers, as tests of networks call it (upstream: test/e2e/network/service.go)."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from wherry.kubelet.images.programs import nc

from tests.e2e.local import free_port
from tests.e2e.waiting import until


def called(*arguments: str, said: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, nc.__file__, *arguments]
    return subprocess.run(command, input=said, capture_output=True, check=False, timeout=10)


def test_it_says_what_it_is_told_and_what_it_hears() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            peer, _ = server.accept()
            with peer:
                peer.sendall(b"heard " + peer.recv(100))

        thread = threading.Thread(target=answer)
        thread.start()
        done = called("-v", "-t", "-w", "2", "127.0.0.1", str(port), said=b"hostName\n")
        thread.join()
    assert (done.returncode, done.stdout) == (0, b"heard hostName\n")
    assert done.stderr == f"Connection to 127.0.0.1 {port} port [tcp/*] succeeded!\n".encode()


def test_nobody_there_fails() -> None:
    port = free_port()
    done = called("-v", "-z", "-w", "2", "127.0.0.1", str(port))
    assert done.returncode == 1
    assert b"(tcp) failed: Connection refused" in done.stderr
    assert called("-vuz", "-w", "1", "127.0.0.1", str(port)).returncode == 1


def test_sockets_of_the_file_system(tmp_path: Path) -> None:
    """The end-to-end tests of hostPath volumes make one so."""
    path = str(tmp_path / "asocket")
    command = [sys.executable, nc.__file__, "-lU", path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as listening:
        until(Path(path).is_socket)
        assert called("-N", "-U", path, said=b"hello").returncode == 0
        assert listening.communicate(timeout=10)[0] == b"hello"


def test_datagrams() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def answer() -> None:
            _, peer = server.recvfrom(100)
            server.sendto(b"web-0", peer)

        thread = threading.Thread(target=answer)
        thread.start()
        port = str(server.getsockname()[1])
        done = called("-u", "-w", "0.2", "127.0.0.1", port, said=b"hostname")
        thread.join()
    assert done.stdout == b"web-0"


def test_listening_starts_a_program() -> None:
    options = nc.read(["-lk", "-p", "8080", "-e", "cat", "/etc/hostname"])
    assert (options.listen, options.again, options.port) == (True, True, "8080")
    assert options.command == ("cat", "/etc/hostname")
    assert nc.read(["-l", "0.0.0.0", "90"])[:2] == ("0.0.0.0", "90")


def test_a_lonely_host_is_not_enough() -> None:
    with pytest.raises(ValueError, match="usage"):
        nc.read(["-v", "host"])
