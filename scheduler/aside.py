"""What happens while an attempt lasts: the pod may be refused because of what is no longer so."""

from __future__ import annotations

from collections.abc import Callable

from .changes import Change

MOST = 1000
"""Changes held; after more, the pod is tried again whatever they were."""
ANYTHING = "ForceActivate"


class Meanwhile:
    """During one attempt for the pod of that key."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._changes: list[tuple[Change, int | None]] = []

    def add(self, change: Change, up_to: int | None) -> None:
        """`up_to`: it concerns pods of at most that priority."""
        if len(self._changes) < MOST:
            self._changes.append((change, up_to))

    def helping(self, helps: Callable[[Change, int | None], bool]) -> str:
        """What may help the pod, by the name that metrics give it; empty when nothing does."""
        if len(self._changes) == MOST:
            return ANYTHING
        return next((change.label for change, up_to in self._changes if helps(change, up_to)), "")
