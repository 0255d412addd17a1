"""agnhost's `port-forward-tester`: answers one connection, as its environment says, and ends.

Variables: `BIND_ADDRESS`, `BIND_PORT`, `EXPECTED_CLIENT_DATA` (none: it speaks first), and how much it says:
`CHUNKS`, `CHUNK_SIZE` (bytes), `CHUNK_INTERVAL` (milliseconds).
"""

from __future__ import annotations

import os
import socket
import time


def main(arguments: list[str]) -> int:
    bound = os.environ.get("BIND_ADDRESS", "localhost")
    if "WHERRY_ROOT" in os.environ:
        bound = os.environ.get("WHERRY_POD_IP", bound)
    with socket.create_server((bound, int(os.environ.get("BIND_PORT", "0")))) as listener:
        connection, _ = listener.accept()
    with connection:
        print("Accepted client connection", flush=True)
        expected = os.environ.get("EXPECTED_CLIENT_DATA", "").encode()
        if expected and not _heard(connection, expected):
            return 2
        for _ in range(int(os.environ.get("CHUNKS", "0"))):
            connection.sendall(b"x" * int(os.environ.get("CHUNK_SIZE", "0")))
            time.sleep(int(os.environ.get("CHUNK_INTERVAL", "0")) / 1000)
    print("Done")
    return 0


def _heard(connection: socket.socket, expected: bytes) -> bool:
    got = b""
    while len(got) < len(expected) and (data := connection.recv(len(expected) - len(got))):
        got += data
    if len(got) < len(expected):
        print(f"Expected to read {len(expected)} bytes from client, but got {len(got)} instead. err=EOF")
        return False
    if got != expected:
        print(f'Expected to read "{expected.decode()}", but got "{got.decode(errors="replace")}"')
        return False
    print("Received expected client data")
    return True
