"""Who commits: the loop what a lone writer writes, as long as that is quick, else the thread."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.apiserver.storage import sqlite_journal
from wherry.apiserver.storage.contract import KeyValue, StoreClosed
from wherry.apiserver.storage.journal import Write
from wherry.apiserver.storage.sqlite import SqliteStore
from wherry.apiserver.storage.sqlite_journal import SqliteJournal

from tests.e2e.waiting import until
from tests.support import run

Commits = list[tuple[bool, int]]
"""Whether the loop's thread committed, and how many writes."""


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> Commits:
    found: Commits = []
    insert = SqliteJournal._insert

    def noting(self: SqliteJournal, writes: list[Write]) -> None:
        insert(self, writes)
        found.append((threading.current_thread() is threading.main_thread(), len(writes)))

    monkeypatch.setattr(SqliteJournal, "_insert", noting)
    monkeypatch.setattr(sqlite_journal, "QUICK", 60.0)
    return found


def drive(path: Path, scenario: Callable[[SqliteStore], Awaitable[None]]) -> None:
    async def go() -> None:
        store = SqliteStore.open(path / "x.db", FakeClock())
        try:
            await scenario(store)
        finally:
            await store.close()

    run(go())


async def many(store: SqliteStore, *keys: str) -> list[KeyValue]:
    return await asyncio.gather(*(store.create(key, b"{}") for key in keys))


def test_a_lone_writer_commits_on_the_loop(tmp_path: Path, commits: Commits) -> None:
    async def scenario(store: SqliteStore) -> None:
        for name in ("a", "b"):
            await store.create(name, b"{}")

    drive(tmp_path, scenario)
    assert commits == [(True, 1), (True, 1)]


def test_writers_of_one_turn_share_a_commit_of_the_thread(tmp_path: Path, commits: Commits) -> None:
    async def scenario(store: SqliteStore) -> None:
        made = await many(store, "a", "b", "c")
        first = made[0].mod_revision
        assert [kv.mod_revision for kv in made] == [first, first + 1, first + 2]
        await store.create("d", b"{}")

    drive(tmp_path, scenario)
    assert not any(on_loop for on_loop, _ in commits), "more of them are likely to follow"
    assert sum(count for _, count in commits) == 4


def test_after_a_while_alone_a_writer_has_the_loop_again(
    tmp_path: Path, commits: Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_journal, "_APART", 2)

    async def scenario(store: SqliteStore) -> None:
        await many(store, "a", "b")
        commits.clear()
        for name in ("c", "d", "e"):
            await store.create(name, b"{}")

    drive(tmp_path, scenario)
    assert [on_loop for on_loop, _ in commits][-1]


def test_a_slow_disk_holds_up_the_loop_once(
    tmp_path: Path, commits: Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_journal, "QUICK", 0.0)

    async def scenario(store: SqliteStore) -> None:
        for name in ("a", "b", "c"):
            await store.create(name, b"{}")

    drive(tmp_path, scenario)
    assert [on_loop for on_loop, _ in commits] == [True, False, False]


def test_what_cannot_be_committed_on_the_loop_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: SqliteJournal, writes: list[Write]) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(SqliteJournal, "_insert", full)

    async def scenario(store: SqliteStore) -> None:
        for name in ("a", "b"):
            with pytest.raises(StoreClosed, match="disk is full"):
                await store.create(name, b"{}")
        assert await store.get("a") is None

    drive(tmp_path, scenario)


def test_the_log_is_moved_into_the_data_file_in_between(
    tmp_path: Path, commits: Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_journal, "_FRAMES", 10)
    before = 0

    async def scenario(store: SqliteStore) -> None:
        nonlocal before
        before = store.size
        for number in range(20):
            await store.create(f"k{number}", b"x" * 5000)
        assert store.size > before

    drive(tmp_path, scenario)


def test_the_log_grows_in_an_idle_moment_and_loses_nothing(
    tmp_path: Path, commits: Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_journal, "_IDLE_SECONDS", 0.01)
    log = tmp_path / "x.db-wal"

    async def scenario(store: SqliteStore) -> None:
        await store.create("a", b"{}")
        await asyncio.to_thread(until, lambda: log.stat().st_size >= sqlite_journal.LOG_BYTES)
        await store.create("b", b"{}")

    drive(tmp_path, scenario)

    async def again(store: SqliteStore) -> None:
        assert [kv.key for kv in (await store.range("")).items] == ["a", "b"]

    drive(tmp_path, again)
