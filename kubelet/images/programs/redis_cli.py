"""`redis-cli [-h HOST] [-p PORT] [COMMAND…]`: one command, or those on stdin, line by line."""

from __future__ import annotations

import shlex
import socket
import sys
from io import BufferedIOBase
from typing import Any

SECONDS = 60.0


def main(arguments: list[str]) -> int:
    host, port, words = "127.0.0.1", 6379, list(arguments)
    while words[:1] in (["-h"], ["-p"]):
        option, value = words.pop(0), words.pop(0)
        host, port = (value, port) if option == "-h" else (host, int(value))
    try:
        connection = socket.create_connection((host, port), SECONDS)
    except OSError as error:
        print(f"Could not connect to Redis at {host}:{port}: {error.strerror}", file=sys.stderr)
        return 1
    with connection, connection.makefile("rwb") as stream:
        if words:
            return 0 if said(stream, words, sys.stdout.isatty()) else 1
        return _converse(stream, f"{host}:{port}> ")


def _converse(stream: BufferedIOBase, prompt: str) -> int:
    interactive = sys.stdin.isatty()
    while True:
        if interactive:
            print(prompt, end="", flush=True)
        line = sys.stdin.readline()
        words = shlex.split(line)
        if not line or words[:1] in (["quit"], ["exit"]):
            return 0
        if words:
            said(stream, words, interactive)


def said(stream: BufferedIOBase, words: list[str], formatted: bool) -> bool:
    """Prints the answer; False for an error."""
    parts = [word.encode() for word in words]
    stream.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
    stream.flush()
    value = read(stream)
    for line in render(value, formatted):
        print(line)
    return not isinstance(value, Exception)


def read(stream: BufferedIOBase) -> Any:
    """int, str, list, None, or an Exception for an error; a status is a `bytes`."""
    line = stream.readline().rstrip(b"\r\n")
    kind, rest = line[:1], line[1:]
    match kind:
        case b"+":
            return rest
        case b"-":
            return RuntimeError(rest.decode())
        case b":":
            return int(rest)
        case b"$":
            length = int(rest)
            return None if length < 0 else stream.read(length + 2)[:-2].decode(errors="replace")
        case b"*":
            return [read(stream) for _ in range(int(rest))]
    raise OSError("the connection was closed")


def render(value: Any, formatted: bool) -> list[str]:
    """As a terminal shows it, or bare."""
    match value:
        case bytes():
            return [value.decode()]
        case Exception():
            return [f"(error) {value}" if formatted else str(value)]
        case list():
            if not formatted:
                return [line for item in value for line in render(item, False)]
            lines = [f"{i}) {render(item, True)[0]}" for i, item in enumerate(value, 1)]
            return lines or ["(empty array)"]
        case None:
            return ["(nil)" if formatted else ""]
        case int():
            return [f"(integer) {value}" if formatted else str(value)]
    return [f'"{value}"' if formatted and "\n" not in value else str(value)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
