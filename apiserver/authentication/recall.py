"""What an Authorization header was found to mean, for as long as nothing that decided it has changed.

Clients send the same header with every request. A verdict is good until the token expires and while none of
the kinds whose objects it was read from has changed at all; then the header is looked at anew.
"""

from __future__ import annotations

from typing import NamedTuple

from ...apimachinery.clock import Clock
from ..registry.strategy import RevisedReader, User

_MOST = 4096


class Standing(NamedTuple):
    """A user, until when (seconds since the epoch), and the core kinds (plurals) that it depends on."""

    user: User
    expires: float
    kinds: tuple[str, ...]


class Recall:
    """Users by header."""

    def __init__(self, reader: RevisedReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._known: dict[bytes, tuple[Standing, int]] = {}

    def user(self, header: bytes) -> User | None:
        """Whom the header names; None when it must be looked at."""
        found = self._known.get(header)
        if found is None:
            return None
        standing, revision = found
        if (
            standing.expires <= self._clock.now().timestamp()
            or self._reader.revision("", *standing.kinds) != revision
        ):
            del self._known[header]
            return None
        return standing.user

    def keep(self, header: bytes, standing: Standing) -> None:
        """Remembers what was just found."""
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[header] = standing, self._reader.revision("", *standing.kinds)
