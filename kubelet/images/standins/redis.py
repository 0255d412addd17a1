"""`redis`: keys, lists and the configuration, as far as the tutorials with it go. Nothing is kept on a disk.

Source: the RESP2 protocol and the command reference of redis.io.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from . import resp
from .redis_store import Store

PORT = 6379


def main(argv: list[str]) -> int:
    """`redis-server [CONFIG] [--name value]…`"""
    settings = configured(argv[1:])
    store = Store(settings)
    sys.stdout.write("# Server initialized\n* Ready to accept connections tcp\n")
    sys.stdout.flush()
    return resp.serve(store.answer, int(settings["port"]))


def configured(arguments: list[str]) -> dict[str, str]:
    settings = {"port": str(PORT), "maxmemory": "0", "maxmemory-policy": "noeviction", "appendonly": "no"}
    words = list(arguments)
    if words and not words[0].startswith("-"):
        file = Path(os.environ.get("WHERRY_ROOT", "") + words.pop(0))
        settings |= parse(file.read_text()) if file.is_file() else {}
    while len(words) > 1:
        name, value, *words = words
        settings[name.lstrip("-")] = value
    return settings


def parse(text: str) -> dict[str, str]:
    """A configuration file; sizes become bytes, as `CONFIG GET` shows them."""
    found = {}
    for line in text.splitlines():
        name, _, value = line.strip().partition(" ")
        if name and not name.startswith("#"):
            found[name] = size(value.strip()) if name == "maxmemory" else value.strip()
    return found


def size(text: str) -> str:
    lower = text.lower()
    for unit, factor in {"kb": 2**10, "mb": 2**20, "gb": 2**30, "k": 1000, "m": 10**6, "g": 10**9}.items():
        if lower.endswith(unit) and lower.removesuffix(unit).isdecimal():
            return str(int(lower.removesuffix(unit)) * factor)
    return text
