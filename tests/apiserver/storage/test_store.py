"""The store's promises one by one: compare-and-swap, durability before answers, refusals, history."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.apiserver.storage.contract import (
    Compacted,
    Event,
    KeyExists,
    KeyMissing,
    RevisionConflict,
    StoreClosed,
    StoreError,
)
from wherry.apiserver.storage.sqlite import SqliteStore

from tests.apiserver.storage.stores import make
from tests.support import run

CLOCK = FakeClock()


def test_revisions_and_versions_count_up(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        store = make(backend, folder)
        assert store.revision == 1
        created = await store.create("/a", b"1")
        updated = await store.update("/a", b"2", expected=created.mod_revision)
        deleted = await store.delete("/a", expected=updated.mod_revision)
        assert created == ("/a", b"1", 2, 2, 1, 0.0)
        assert updated == ("/a", b"2", 2, 3, 2, 0.0)
        assert (deleted.value, deleted.mod_revision, store.revision) == (b"2", 4, 4)
        await store.close()

    run(scenario())


def test_refused_writes_change_nothing(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        store = make(backend, folder)
        await store.create("/a", b"1")
        with pytest.raises(KeyExists):
            await store.create("/a", b"2")
        with pytest.raises(KeyMissing):
            await store.update("/b", b"2", expected=2)
        with pytest.raises(KeyMissing):
            await store.delete("/b")
        with pytest.raises(RevisionConflict) as conflict:
            await store.delete("/a", expected=1)
        assert (conflict.value.current.value, store.revision) == (b"1", 2)
        await store.close()

    run(scenario())


def test_of_concurrent_writers_with_the_same_expectation_one_wins(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        store = make(backend, folder)
        await store.create("/a", b"")
        answers = await asyncio.gather(
            *(store.update("/a", b"%d" % number, expected=2) for number in range(10)), return_exceptions=True
        )
        lost = [answer for answer in answers if isinstance(answer, RevisionConflict)]
        assert len(lost) == 9
        assert {conflict.current.value for conflict in lost} == {b"0"}
        await store.close()

    run(scenario())


def test_a_refusal_is_told_only_after_its_reason_is_committed(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        store = make(backend, folder)
        order: list[str] = []
        store.subscribe(lambda events: order.extend(event.type for event in events))

        async def attempt(kind: str) -> None:
            try:
                await (store.create("/a", b"2") if kind == "create" else store.update("/a", b"3", expected=1))
            except (KeyExists, RevisionConflict) as error:
                order.append(type(error).__name__)

        await asyncio.gather(store.create("/a", b"1"), attempt("create"), attempt("update"))
        assert order == ["PUT", "KeyExists", "RevisionConflict"]
        await store.close()

    run(scenario())


def test_nothing_is_visible_before_it_is_published(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        store = make(backend, folder)
        visible: list[int] = []
        store.subscribe(lambda events: visible.append(store.revision))
        writing = asyncio.create_task(store.create("/a", b"1"))
        await asyncio.sleep(0)
        before = (store.revision, await store.get("/a"), list(visible))
        await writing
        assert (before, visible) == ((1, None, []), [2])
        await store.close()

    run(scenario())


def test_a_cancelled_writer_leaves_the_store_consistent(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        store = make(backend, folder)
        seen: list[Event] = []
        store.subscribe(seen.extend)
        writing = asyncio.create_task(store.create("/a", b"1"))
        await asyncio.sleep(0)
        writing.cancel()
        await store.create("/b", b"1")
        assert [event.kv.key for event in seen] == ["/a", "/b"]
        assert (await store.get("/a")) is not None
        await store.close()

    run(scenario())


def test_a_value_can_be_made_from_its_revision(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        store = make(backend, folder)
        await store.create("/a", lambda revision: b"at %d" % revision)
        with pytest.raises(ZeroDivisionError):
            await store.create("/b", lambda revision: b"%d" % (revision // 0))
        created = await store.create("/c", lambda revision: b"at %d" % revision)
        assert (created.value, created.mod_revision) == (b"at 3", 3)
        await store.close()

    run(scenario())


def test_subscribers_can_leave(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        store = make(backend, folder)
        seen: list[Sequence[Event]] = []
        leave = store.subscribe(seen.append)
        leave()
        await store.create("/a", b"")
        assert seen == []
        await store.close()

    run(scenario())


def test_a_closed_store_refuses_writes(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        store = make(backend, folder)
        last = asyncio.create_task(store.create("/a", b"1"))
        await asyncio.sleep(0)
        await store.close()
        assert (await last).mod_revision == 2
        with pytest.raises(StoreClosed, match="closed"):
            await store.create("/b", b"1")

    run(scenario())


def test_compaction_keeps_what_is_current_and_what_came_later(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        store = make(backend, folder)
        await store.create("/a", b"2")
        await store.update("/a", b"3", expected=2)
        await store.update("/a", b"4", expected=3)
        await store.compact(3)
        found = await store.get("/a", revision=3)
        events = await store.events("/", after=3)
        assert found is not None and found.value == b"3"
        assert [(e.kv.value, e.previous and e.previous.value) for e in events] == [(b"4", b"3")]
        for read in (store.get("/a", revision=2), store.range("/", revision=2), store.events("/", after=2)):
            with pytest.raises(Compacted, match="compacted"):
                await read
        await store.close()

    run(scenario())


def test_a_file_remembers_everything(folder: Path) -> None:
    async def scenario() -> None:
        store = SqliteStore.open(folder / "s.db", CLOCK)
        await store.create("/a", b"1", ttl=60)
        await store.create("/b", b"1")
        await store.delete("/b")
        await store.compact(4)
        before = (await store.range("")).items, store.revision, store.compacted
        await store.close()
        again = SqliteStore.open(folder / "s.db", CLOCK)
        assert ((await again.range("")).items, again.revision, again.compacted) == before
        assert before[0][0].lease == CLOCK.now().timestamp() + 60
        await again.close()

    run(scenario())


def test_a_file_in_use_is_refused(folder: Path) -> None:
    async def scenario() -> None:
        store = SqliteStore.open(folder / "s.db", CLOCK)
        with pytest.raises(StoreError, match=r"s\.db is in use by another server \(process \d+\)"):
            SqliteStore.open(folder / "s.db", CLOCK)
        await store.close()
        await SqliteStore.open(folder / "s.db", CLOCK).close()

    run(scenario())


@pytest.mark.parametrize("content", [b"not a database, but some text of good length" * 30, None])
def test_a_foreign_file_is_refused(folder: Path, content: bytes | None) -> None:
    path = folder / "s.db"
    if content:
        path.write_bytes(content)
    else:
        other = sqlite3.connect(path)
        other.execute("CREATE TABLE mine (x)")
        other.close()
    with pytest.raises(StoreError, match=r"s\.db"):
        SqliteStore.open(path, CLOCK)


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file of this process can grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_fails_the_writers_and_ends_writing(folder: Path) -> None:
    async def scenario() -> None:
        store = SqliteStore.open(folder / "s.db", CLOCK)
        await store.create("/a", b"1")
        with full_disk(200_000):
            big = [store.create(f"/big{number}", b"x" * 50_000) for number in range(8)]
            answers = await asyncio.gather(*big, return_exceptions=True)
        assert {type(answer) for answer in answers} == {StoreClosed}
        with pytest.raises(StoreClosed, match="cannot write any more"):
            await store.create("/b", b"1")
        assert [kv.key for kv in (await store.range("")).items] == ["/a"]
        await store.close()
        again = SqliteStore.open(folder / "s.db", CLOCK)
        assert [kv.key for kv in (await again.range("")).items] == ["/a"]
        await again.close()

    run(scenario())
