"""`nslookup NAME [SERVER]`, in the words of busybox 1.28, which the pages on DNS and StatefulSets use."""

from __future__ import annotations

import sys
from pathlib import Path

from . import dig


def main(arguments: list[str]) -> int:
    words = [word for word in arguments if not word.startswith("-")]
    if not words:
        print("Usage: nslookup [HOST] [SERVER]", file=sys.stderr)
        return 1
    conf = dig.resolver(Path("/etc/resolv.conf").read_text())
    server = words[1] if len(words) > 1 else ""
    for line in heading(server or next(iter(conf.servers), "")):
        print(line)
    found = addresses(words[0], conf, server)
    if not found:
        print(f"nslookup: can't resolve '{words[0]}'", file=sys.stderr)
        return 1
    print(f"Name:      {words[0]}")
    for number, address in enumerate(found, 1):
        print(f"Address {number}: {address}")
    return 0


def heading(server: str) -> list[str]:
    return [f"Server:    {server}", f"Address 1: {server}", ""]


def addresses(name: str, conf: dig.Resolver, server: str) -> list[str]:
    """Of both families; none when nobody answers."""
    found: list[str] = []
    for kind in ("A", "AAAA"):
        try:
            _, answer = dig.resolve(dig.Question(name, kind, {"search"}, server), conf)
        except OSError:
            continue
        found += [data for _, _, known, data in answer.records if known == kind]
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
