"""Why a component writes: the events that led to the work it does, told to the API server with each write.

An informer says which event its handlers hear (`hearing`), a queue keeps that with the key it was given, and
whoever takes up the key says so (`begin`); from then on every write of that task carries the header. The API
server keeps it in a journal (`wherry why`). It decides nothing: it may be absent, and nobody relies on it.
"""

from __future__ import annotations

from collections.abc import Collection
from contextvars import ContextVar

HEADER = "Wherry-Cause"
MOST = 4
"""Versions named at most; the latest ones are kept."""
CARRIED_SECONDS = 10.0
"""Work put off for longer than this is no more a part of what it was put off in."""

_heard = ""
_current: ContextVar[str] = ContextVar("cause", default="")


def hearing(version: str) -> None:
    """Handlers are about to hear of the object's state `version`; empty: they are done. They run on the loop
    without waiting, so one variable serves all informers."""
    global _heard
    _heard = version


def heard() -> str:
    """The version that is being heard of right now; empty outside of handlers."""
    return _heard


def begin(who: str, key: str, versions: Collection[str]) -> None:
    """The running task works on `key` because of `versions` (none: its own timer). `who` has no semicolon."""
    _current.set(f"{who};{','.join(versions)};{key}")


def header() -> str:
    """For the writes of the running task; empty when nobody said why."""
    return _current.get()


def resume(told: str) -> None:
    """The running task goes on with what another one began; `told` is that one's `header()`."""
    _current.set(told)


class Causes:
    """What led to each waiting key, while it waits and while it is worked on."""

    __slots__ = ("_busy", "_waiting")

    def __init__(self) -> None:
        self._waiting: dict[object, dict[str, None]] = {}
        self._busy: dict[object, dict[str, None]] = {}

    def note(self, key: object, delay: float = 0.0) -> None:
        """The key is asked for: by the event being heard of, or again by who works on it. Whoever works on it
        and asks for it much later sets a timer, which has no reason but itself."""
        again = self._busy.get(key) if delay <= CARRIED_SECONDS else None
        if not _heard and not again:
            return
        known = self._waiting.setdefault(key, {})
        for version in (_heard,) if _heard else again or ():
            known.pop(version, None)
            known[version] = None
            if len(known) > MOST:
                del known[next(iter(known))]

    def take(self, key: object) -> Collection[str]:
        """Work on the key begins."""
        found = self._busy[key] = self._waiting.pop(key, {})
        return found.keys()

    def done(self, key: object) -> None:
        self._busy.pop(key, None)
