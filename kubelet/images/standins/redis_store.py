"""The data of the redis stand-in: strings and lists, and the commands on them."""

from __future__ import annotations

import fnmatch
import threading
import time
from collections.abc import Callable
from typing import Any

from .resp import Fault, Ok

WRONG = "WRONGTYPE Operation against a key holding the wrong kind of value"


class Store:
    """`answer` runs one command; several threads may call it."""

    def __init__(self, settings: dict[str, str]) -> None:
        self._settings = settings
        self._keys: dict[bytes, bytes | list[bytes]] = {}
        self._ends: dict[bytes, float] = {}
        self._changed = threading.Condition()
        self._commands: dict[str, Callable[..., Any]] = {
            "PING": lambda text=None: text or Ok("PONG"),
            "ECHO": lambda text: text,
            "QUIT": lambda: Ok("OK"),
            "SELECT": lambda index: Ok("OK"),
            "CLIENT": lambda *rest: Ok("OK"),
            "COMMAND": lambda *rest: [],
            "INFO": self._info,
            "CONFIG": self._config,
            "DBSIZE": lambda: len(self._keys),
            "FLUSHALL": self._flush,
            "FLUSHDB": self._flush,
            "KEYS": self._matching,
            "GET": self._get,
            "SET": self._set,
            "SETEX": self._set_for,
            "EXPIRE": self._expire,
            "TTL": self._ttl,
            "INCR": lambda key: self._add(key, 1),
            "DECR": lambda key: self._add(key, -1),
            "INCRBY": lambda key, by: self._add(key, int(by)),
            "DEL": self._delete,
            "EXISTS": lambda *keys: sum(key in self._keys for key in keys),
            "LLEN": lambda key: len(self._list(key)),
            "LPUSH": lambda key, *values: self._push(key, 0, values),
            "RPUSH": lambda key, *values: self._push(key, -1, values),
            "LPOP": lambda key: self._pop(key, 0),
            "RPOP": lambda key: self._pop(key, -1),
            "BLPOP": lambda *words: self._wait(words[:-1], 0, words[-1]),
            "BRPOP": lambda *words: self._wait(words[:-1], -1, words[-1]),
            "RPOPLPUSH": self._move,
            "BRPOPLPUSH": self._wait_and_move,
            "LRANGE": self._range,
            "LREM": self._remove,
        }

    def answer(self, words: list[bytes]) -> Any:
        """Raises Fault."""
        name = words[0].decode(errors="replace")
        command = self._commands.get(name.upper())
        if command is None:
            raise Fault(f"ERR unknown command '{name}'")
        with self._changed:
            self._expired()
            try:
                return command(*words[1:])
            except TypeError as error:
                raise Fault(f"ERR wrong number of arguments for '{name.lower()}' command") from error
            except ValueError as error:
                raise Fault("ERR value is not an integer or out of range") from error

    def _expired(self) -> None:
        now = time.monotonic()
        for key in [key for key, end in self._ends.items() if end <= now]:
            self._delete(key)

    def _info(self, *sections: bytes) -> str:
        lines = ["# Server", "redis_version:7.4.0", "redis_mode:standalone", "# Replication", "role:master"]
        lines += ["connected_slaves:0", "# Keyspace", f"db0:keys={len(self._keys)}"]
        return "".join(f"{line}\r\n" for line in lines)

    def _config(self, verb: bytes, name: bytes, value: bytes = b"") -> Any:
        if verb.upper() == b"SET":
            self._settings[name.decode()] = value.decode()
            return Ok("OK")
        found = [pair for pair in self._settings.items() if fnmatch.fnmatchcase(pair[0], name.decode())]
        return [part for pair in found for part in pair]

    def _flush(self) -> Ok:
        self._keys.clear()
        self._ends.clear()
        return Ok("OK")

    def _matching(self, pattern: bytes) -> list[bytes]:
        return [key for key in self._keys if fnmatch.fnmatchcase(key, pattern)]

    def _get(self, key: bytes) -> bytes | None:
        found = self._keys.get(key)
        if isinstance(found, list):
            raise Fault(WRONG)
        return found

    def _set(self, key: bytes, value: bytes, *options: bytes) -> Ok | None:
        words = [option.upper() for option in options]
        if (b"NX" in words and key in self._keys) or (b"XX" in words and key not in self._keys):
            return None
        self._keys[key] = value
        self._ends.pop(key, None)
        if b"EX" in words:
            self._expire(key, options[words.index(b"EX") + 1])
        return Ok("OK")

    def _set_for(self, key: bytes, seconds: bytes, value: bytes) -> Ok | None:
        return self._set(key, value, b"EX", seconds)

    def _expire(self, key: bytes, seconds: bytes) -> int:
        if key not in self._keys:
            return 0
        self._ends[key] = time.monotonic() + int(seconds)
        return 1

    def _ttl(self, key: bytes) -> int:
        if key not in self._keys:
            return -2
        return round(self._ends[key] - time.monotonic()) if key in self._ends else -1

    def _add(self, key: bytes, by: int) -> int:
        value = int(self._get(key) or b"0") + by
        self._keys[key] = str(value).encode()
        return value

    def _delete(self, *keys: bytes) -> int:
        for key in keys:
            self._ends.pop(key, None)
        return sum(self._keys.pop(key, None) is not None for key in keys)

    def _list(self, key: bytes) -> list[bytes]:
        found = self._keys.get(key, [])
        if not isinstance(found, list):
            raise Fault(WRONG)
        return found

    def _push(self, key: bytes, end: int, values: tuple[bytes, ...]) -> int:
        held = self._keys[key] = self._list(key)
        for value in values:
            held.insert(len(held) if end else 0, value)
        self._changed.notify_all()
        return len(held)

    def _pop(self, key: bytes, end: int) -> bytes | None:
        held = self._list(key)
        if not held:
            return None
        value = held.pop(end)
        if not held:
            self._delete(key)
        return value

    def _wait(self, keys: tuple[bytes, ...], end: int, seconds: bytes) -> list[bytes] | None:
        limit = float(seconds) or None
        if not self._changed.wait_for(lambda: any(self._list(key) for key in keys), limit):
            return None
        key = next(key for key in keys if self._list(key))
        return [key, self._pop(key, end) or b""]

    def _move(self, source: bytes, target: bytes) -> bytes | None:
        value = self._pop(source, -1)
        if value is not None:
            self._push(target, 0, (value,))
        return value

    def _wait_and_move(self, source: bytes, target: bytes, seconds: bytes) -> bytes | None:
        found = self._wait((source,), -1, seconds)
        if found is None:
            return None
        self._push(target, 0, (found[1],))
        return found[1]

    def _range(self, key: bytes, first: bytes, last: bytes) -> list[bytes]:
        held = self._list(key)
        start, end = (int(n) + len(held) if int(n) < 0 else int(n) for n in (first, last))
        return held[max(0, start) : max(0, end + 1)]

    def _remove(self, key: bytes, count: bytes, value: bytes) -> int:
        held, wanted = self._list(key), int(count)
        at = [i for i, found in enumerate(held) if found == value]
        gone = at[:wanted] if wanted > 0 else at[wanted:] if wanted < 0 else at
        for i in reversed(gone):
            del held[i]
        if not held:
            self._delete(key)
        return len(gone)
