"""The store's contract: etcd's semantics, as small as the API server needs.

One 64-bit revision for the whole store; each committed write gets the next one. Keys are strings ordered
byte-wise (`/registry/pods/default/web-0`), values are opaque bytes. Calls are made from one event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

Value = bytes | Callable[[int], bytes]
"""What a write stores: bytes, or a function that makes them from the write's own revision. The function is
called at once, on the loop, after every check passed; when it raises, nothing is written."""


class KeyValue(NamedTuple):
    """One version of a key."""

    key: str
    value: bytes
    create_revision: int
    mod_revision: int
    version: int
    """1 at creation, then one more with every update."""
    lease: float = 0.0
    """Unix time (store clock) at which `maintenance.Expiry` deletes the key; 0 for never."""


class Event(NamedTuple):
    """One committed write. `type` is PUT or DELETE; a DELETE's `kv` has an empty value and the delete's own
    revision."""

    type: str
    kv: KeyValue
    previous: KeyValue | None


class Range(NamedTuple):
    """A page of keys read at `revision`; `total` is how many keys the range holds in all."""

    items: list[KeyValue]
    revision: int
    more: bool
    total: int


class StoreError(Exception):
    """A refused or failed store call."""


class KeyExists(StoreError):  # noqa: N818
    """`create` of a key that is there."""


class KeyMissing(StoreError):  # noqa: N818
    """`update` or `delete` of a key that is not there."""


class RevisionConflict(StoreError):  # noqa: N818
    """Compare-and-swap failed; `current` is the key's latest committed version."""

    def __init__(self, current: KeyValue) -> None:
        super().__init__(f"{current.key} is at revision {current.mod_revision}")
        self.current = current


class Compacted(StoreError):  # noqa: N818
    """The revision asked for is gone; `oldest` is the oldest one that can be read or watched from."""

    def __init__(self, oldest: int) -> None:
        super().__init__(f"mvcc: required revision has been compacted (oldest is {oldest})")
        self.oldest = oldest


class FutureRevision(StoreError):  # noqa: N818
    """The revision asked for has not been written yet; `current` is the newest."""

    def __init__(self, current: int) -> None:
        super().__init__(f"mvcc: required revision is a future revision (current is {current})")
        self.current = current


class StoreClosed(StoreError):  # noqa: N818
    """The store was closed or could not commit; nothing is acknowledged after that."""


OnCommit = Callable[[Sequence[Event]], None]


class Store(Protocol):
    """What a backend offers. Writers are answered only after their commit is durable."""

    @property
    def revision(self) -> int:
        """The newest committed revision; 1 for an empty store, as etcd's."""

    @property
    def compacted(self) -> int:
        """Revisions below this cannot be read or watched from."""

    @property
    def refusal(self) -> str:
        """Why every write fails from now on with StoreClosed; empty while writes are taken."""

    async def create(self, key: str, value: Value, *, ttl: float | None = None) -> KeyValue:
        """Writes a new key. KeyExists when it is there."""

    async def update(self, key: str, value: Value, *, expected: int, ttl: float | None = None) -> KeyValue:
        """Replaces a key whose mod_revision is `expected`. KeyMissing, RevisionConflict."""

    async def delete(self, key: str, *, expected: int | None = None) -> KeyValue:
        """Deletes a key (at `expected`, when given); returns the deleted version with `mod_revision` being
        the delete's own revision. KeyMissing, RevisionConflict."""

    async def get(self, key: str, *, revision: int = 0) -> KeyValue | None:
        """The key at `revision` (0: now). Compacted, FutureRevision."""

    async def range(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Range:
        """Keys beginning with `prefix`, from `start` on (inclusive), in order, at `revision` (0: now).
        `limit` 0 means all. Compacted, FutureRevision."""

    async def events(self, prefix: str, *, after: int) -> list[Event]:
        """Every event under `prefix` with a revision above `after`, in order. Compacted, FutureRevision."""

    def subscribe(self, on_commit: OnCommit) -> Callable[[], None]:
        """Calls `on_commit` on the event loop with each commit's events, in revision order, without a gap,
        before the writers of that commit are answered. Returns the way to stop."""

    async def compact(self, revision: int) -> None:
        """Forgets versions that were superseded before `revision`."""

    @property
    def size(self) -> int:
        """Bytes that it takes on disk; 0 in memory."""

    async def close(self) -> None:
        """Commits what is waiting and releases the files."""
