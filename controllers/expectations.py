"""What a controller has asked for and not yet seen in its cache, so that it never asks twice."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..apimachinery.clock import Clock

TIMEOUT = 300.0


@dataclass
class _Expected:
    at: float
    creations: int = 0
    deletions: set[str] = field(default_factory=set)

    @property
    def done(self) -> bool:
        return self.creations <= 0 and not self.deletions


class Expectations:
    """Per key of an owner: a number of creations and the keys of deletions. Forgotten after five minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._expected: dict[str, _Expected] = {}

    def satisfied(self, owner: str) -> bool:
        expected = self._expected.get(owner)
        if expected is None:
            return True
        return expected.done or self._clock.monotonic() - expected.at > TIMEOUT

    def expect_creations(self, owner: str, count: int) -> None:
        self._expected[owner] = _Expected(self._clock.monotonic(), creations=count)

    def expect_deletions(self, owner: str, dependents: set[str]) -> None:
        self._expected[owner] = _Expected(self._clock.monotonic(), deletions=dependents)

    def expect(self, owner: str, creations: int, deletions: set[str]) -> None:
        """Both at once."""
        self._expected[owner] = _Expected(self._clock.monotonic(), creations, deletions)

    def creation_observed(self, owner: str, count: int = 1) -> bool:
        """Whether that was the last of what was expected."""
        expected = self._expected.get(owner)
        if expected is None or expected.done:
            return False
        expected.creations -= count
        return expected.done

    def deletion_observed(self, owner: str, dependent: str) -> bool:
        """Whether that was the last of what was expected."""
        expected = self._expected.get(owner)
        if expected is None or expected.done:
            return False
        expected.deletions.discard(dependent)
        return expected.done

    def forget(self, owner: str) -> None:
        self._expected.pop(owner, None)
