"""What the checks go by: what is stored now, and every write that led there."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

Object = dict[str, Any]


class Commit(NamedTuple):
    """One write of the history. `obj` is what it left, None for a deletion."""

    at: float
    revision: int
    resource: str
    """`RESOURCE[.GROUP]`."""
    key: str
    obj: Object | None
    before: Object | None


class Record(Protocol):
    """A cluster whose every write was seen."""

    @property
    def history(self) -> list[Commit]:
        """In the order of revisions."""

    def objects(self, resource: str) -> list[Object]:
        """Everything of `RESOURCE[.GROUP]` that is there."""
