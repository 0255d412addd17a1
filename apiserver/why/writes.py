"""The chronicle as values that can be reasoned about: which write was told to be because of which."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..storage.chronicle import Record

ROOT = len("/registry/")
SERVER = "kube-apiserver"
"""Who reconciles when the server itself does."""


class Target(NamedTuple):
    """An object by its storage: group and plural it is stored under, where, and what it is called."""

    group: str
    resource: str
    namespace: str
    name: str


class Write(NamedTuple):
    """One write. `at` is the clock's monotonic time, None for the server's own. `by` is who reconciled, `key`
    what, both empty for a client that told no cause; `because`: the revisions it told."""

    revision: int
    target: Target
    uid: str
    at: float | None
    user: str
    agent: str
    verb: str
    subresource: str
    by: str
    key: str
    because: tuple[int, ...]


def target_of(key: str) -> Target:
    """`/registry/RESOURCE[.GROUP]/[NAMESPACE/]NAME`."""
    stored, _, rest = key[ROOT:].partition("/")
    resource, _, group = stored.partition(".")
    namespace, slash, name = rest.partition("/")
    return Target(group, resource, namespace, name) if slash else Target(group, resource, "", namespace)


def read(record: Record) -> Write:
    revision, key, uid, origin = record
    if origin is None:
        return Write(revision, target_of(key), uid, None, "system:apiserver", "", "", "", SERVER, "", ())
    at, user, agent, cause, verb, subresource = origin
    by, because, told = _cause(cause, revision)
    name = agent.decode("latin-1")
    return Write(revision, target_of(key), uid, at, user, name, verb, subresource, by, told, because)


def _cause(header: bytes, revision: int) -> tuple[str, tuple[int, ...], str]:
    """`WHO;REVISION,REVISION;KEY`. What does not read like that tells nothing, and no cause comes after its
    effect: a client may send anything."""
    parts = header.decode("latin-1").split(";", 2)
    if len(parts) != 3:
        return "", (), ""
    versions = [int(text) for text in parts[1].split(",") if text.isascii() and text.isdigit()]
    return parts[0], tuple(sorted(v for v in set(versions) if v < revision)), parts[2]


class Writes:
    """Every write that is remembered, found by revision, by object, and by what it led to."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.by_revision: dict[int, Write] = {}
        self._of: dict[Target, list[int]] = {}
        self._effects: dict[int, list[int]] = {}
        self._parents: dict[int, int] = {}
        self._below: dict[int, list[int]] = {}
        self._subjects: dict[tuple[str, str], Target] = {}
        """What the keys of reconcilers stand for."""
        self._latest: dict[Target, dict[str, int]] = {}
        """Who wrote an object last when, as far as parents are known."""
        for write in map(read, records):
            self.by_revision[write.revision] = write
            self._of.setdefault(write.target, []).append(write.revision)
            for cause in write.because:
                self._effects.setdefault(cause, []).append(write.revision)

    def of(self, target: Target, uid: str = "") -> list[Write]:
        """The writes of the object with this uid, without one of the last object that had the name."""
        found = [self.by_revision[revision] for revision in sorted(self._of.get(target, ()))]
        wanted = uid or (found[-1].uid if found else "")
        return [write for write in found if write.uid == wanted]

    def causes(self, write: Write) -> list[Write]:
        return [self.by_revision[r] for r in write.because if r in self.by_revision]

    def forgotten(self, write: Write) -> list[int]:
        """The causes it told that are remembered no more."""
        return [r for r in write.because if r not in self.by_revision]

    def reasons(self, write: Write) -> list[Write]:
        """Its causes, and what it is told under."""
        causes, parent = self.causes(write), self.parent(write)
        return causes if parent is None or parent in causes else [*causes, parent]

    def effects(self, write: Write) -> list[Write]:
        """What it was told to have led to, and what is told under it."""
        self._find_parents()
        found = dict.fromkeys((*self._effects.get(write.revision, ()), *self._below.get(write.revision, ())))
        return [self.by_revision[r] for r in found]

    def parent(self, write: Write) -> Write | None:
        """The one cause under which to tell of a write: the latest that is not the writer's own; of what a
        reconcile wrote because of what it had written itself, that one's. Work on a timer is told under what
        somebody else last wrote of the object that it is about, and so is the server's own work."""
        self._find_parents()
        return self.by_revision.get(self._parents[write.revision])

    def _find_parents(self) -> None:
        """All of them, when the first is asked for."""
        if self._parents:
            return
        for revision in sorted(self.by_revision):
            write = self.by_revision[revision]
            parent = self._parents[revision] = self._find_parent(write)
            self._below.setdefault(parent, []).append(revision)
            self._latest.setdefault(write.target, {})[write.by] = revision

    def _find_parent(self, write: Write) -> int:
        """0 for none. The parents of all earlier writes are known."""
        causes = self.causes(write)[::-1]
        for cause in causes:
            if write.key and write.key.endswith(_key(cause.target)):
                self._subjects[write.by, write.key] = cause.target
        found = next((c.revision for c in causes if not _own(c, write)), 0)
        found = found or next((self._parents[c.revision] for c in causes if self._parents[c.revision]), 0)
        return found or self._wanted(write)

    def _wanted(self, write: Write) -> int:
        """What a reconcile without a cause is about: the last write of its object that is not its own."""
        target = write.target if write.at is None else self._subjects.get((write.by, write.key))
        if target is None or write.because:
            return 0
        return max((r for by, r in self._latest.get(target, {}).items() if by != write.by), default=0)


def _own(cause: Write, write: Write) -> bool:
    """Whether the same work on the same thing wrote both."""
    return cause.by == write.by and (
        cause.target == write.target or bool(cause.by and cause.key == write.key)
    )


def _key(target: Target) -> str:
    """As the keys of work queues end."""
    return f"{target.namespace}/{target.name}" if target.namespace else target.name
