"""Every backend behaves like the model, whatever the order of calls, compactions and restarts."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from wherry.apimachinery.clock import FakeClock
from wherry.apiserver.storage.contract import Event, StoreError
from wherry.apiserver.storage.sqlite import SqliteStore

from tests.apiserver.storage.model import Model
from tests.apiserver.storage.stores import make

PODS = ["/registry/pods/a/x", "/registry/pods/a-b/x", "/registry/pods/b/x"]
KEYS = st.sampled_from([*PODS, "/registry/nodes/ü"])
PREFIXES = st.sampled_from(["", "/registry/pods/", "/registry/pods/a/", "/registry/nodes/", "/nothing/"])
VALUES = st.binary(max_size=4)
BACK = st.integers(min_value=-2, max_value=12)

Call = tuple[str, str, bytes, int | None]
CALLS = st.tuples(
    st.sampled_from(["create", "update", "delete", "blind delete"]), KEYS, VALUES, st.integers(0, 2)
)


def outcome(call: Callable[[], Any]) -> Any:
    """What a call gives, or the error it raises, as something that can be compared."""
    try:
        return call()
    except StoreError as error:
        return type(error).__name__, vars(error)


class StoreMachine(RuleBasedStateMachine):
    backend: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.clock = FakeClock()
        self.model = Model()
        self.published: list[Event] = []
        self.store = make(self.backend, Path(self.folder.name), self.clock)
        self.store.subscribe(self.published.extend)

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()
        self.folder.cleanup()

    def same(self, actual: Any, expected: Callable[[], Any]) -> None:
        async def attempt() -> Any:
            return await actual

        assert outcome(lambda: self.runner.run(attempt())) == outcome(expected)

    @rule(calls=st.lists(CALLS, min_size=1, max_size=6))
    def writes_at_once(self, calls: Sequence[tuple[str, str, bytes, int]]) -> None:
        """Calls that are made before the first one is committed are decided in the order they were made."""
        expected, pending = [], []
        for kind, key, value, lag in calls:
            head = self.model.state().get(key)
            version = (head.mod_revision if head else 5) - lag
            expected.append(outcome(lambda a=(kind, key, value, version): self.modelled(*a)))  # type: ignore[misc]
            pending.append((kind, key, value, version))
        assert self.runner.run(self.made(pending)) == expected

    def modelled(self, kind: str, key: str, value: bytes, version: int) -> Any:
        if kind == "create":
            return self.model.create(key, value)
        if kind == "update":
            return self.model.update(key, value, version)
        return self.model.delete(key, version if kind == "delete" else None)

    async def made(self, calls: Sequence[tuple[str, str, bytes, int]]) -> list[Any]:
        answers = await asyncio.gather(*(self.call(*call) for call in calls), return_exceptions=True)
        return [(type(a).__name__, vars(a)) if isinstance(a, StoreError) else a for a in answers]

    async def call(self, kind: str, key: str, value: bytes, version: int) -> Any:
        if kind == "create":
            return await self.store.create(key, value)
        if kind == "update":
            return await self.store.update(key, value, expected=version)
        return await self.store.delete(key, expected=version if kind == "delete" else None)

    @rule(key=KEYS, back=BACK)
    def get_at(self, key: str, back: int) -> None:
        revision = max(self.model.revision - back, 1)

        def expected() -> Any:
            self.model.check(revision)
            return self.model.state(revision).get(key)

        self.same(self.store.get(key, revision=revision), expected)

    @rule(prefix=PREFIXES, start=KEYS, limit=st.integers(0, 3), back=BACK)
    def range_at(self, prefix: str, start: str, limit: int, back: int) -> None:
        revision = max(self.model.revision - back, 1)

        def expected() -> Any:
            self.model.check(revision)
            state = self.model.state(revision)
            found = [state[k] for k in sorted(state) if k.startswith(prefix) and k >= start]
            page = found[:limit] if limit else found
            return page, revision, len(page) < len(found), len(found)

        self.same(self.store.range(prefix, start=start, limit=limit, revision=revision), expected)

    @rule(prefix=PREFIXES, back=BACK)
    def events_after(self, prefix: str, back: int) -> None:
        after = max(self.model.revision - back, 1)

        def expected() -> Any:
            self.model.check(after)
            return self.model.events(prefix, after)

        self.same(self.store.events(prefix, after=after), expected)

    @rule(back=st.integers(0, 8))
    def compact(self, back: int) -> None:
        revision = self.model.revision - back
        self.runner.run(self.store.compact(revision))
        self.model.compacted = max(self.model.compacted, revision)

    @rule()
    def restart(self) -> None:
        if isinstance(self.store, SqliteStore):
            path = next(Path(self.folder.name).glob("*.db"))
            self.runner.run(self.store.close())
            self.store = SqliteStore.open(path, self.clock)
            self.store.subscribe(self.published.extend)

    @invariant()
    def now_is_the_same(self) -> None:
        async def everything() -> Any:
            return (await self.store.range("")).items

        state = self.model.state()
        assert self.runner.run(everything()) == [state[key] for key in sorted(state)]
        assert (self.store.revision, self.store.compacted) == (self.model.revision, self.model.compacted)

    @invariant()
    def everything_was_published_once_and_in_order(self) -> None:
        assert self.published == self.model.log


class MemoryMachine(StoreMachine):
    backend = "memory"


class SqliteMachine(StoreMachine):
    backend = "sqlite"


TestMemory = MemoryMachine.TestCase
TestMemory.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestSqlite = SqliteMachine.TestCase
TestSqlite.settings = settings(
    max_examples=30, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
