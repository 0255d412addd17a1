"""The log table's commits and its readers.

A thread commits: everything that waits when it becomes free is one transaction, so that an fsync holds up
writers only, and many of them share it. But handing a write to a thread and back takes as long as a quick
disk does: a lone writer's is committed on the loop while commits are quick. The two never commit at once.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple, ParamSpec

from .contract import Event, KeyValue, StoreClosed
from .journal import Sink, Write
from .lockfile import LockFile

P = ParamSpec("P")

logger = logging.getLogger("wherry.apiserver.storage")

_MAX_BATCH = 1000
_ROWS = 64
"""Rows of one statement: each step gives up the interpreter lock, and waiting to get it back costs more than
a row does. A batch up to this size is one statement and so one step, commit included."""
_INSERT = "INSERT INTO log (revision, key, value, created, version, lease, previous) VALUES "
_INSERTS = ("", *(_INSERT + ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * rows) for rows in range(1, _ROWS + 1)))
LOG_BYTES = 17 * 1024 * 1024
"""A little more than the log grows to between two checkpoints (`wal_autocheckpoint` in sqlite.py)."""
_IDLE_SECONDS = 1.0
QUICK = 0.001
"""Seconds that a commit may hold up the loop. A longer one, and one of several writes, send the next ones to
the thread, as many as this:"""
_APART = 100
_PAGE = 4096
_FRAMES = 3000
"""About so many pages of log from one checkpoint to the next, which the thread makes; before SQLite would."""
_DELETE = "DELETE FROM log WHERE revision = ?"
_VERSION = "SELECT key, value, created, revision, version, lease FROM log WHERE revision = ?"
_EVENTS = """
SELECT e.key, e.value, e.created, e.revision, e.version, e.lease,
       p.key, p.value, p.created, p.revision, p.version, p.lease
FROM log e LEFT JOIN log p ON p.revision = e.previous
WHERE e.revision > ? AND e.revision <= ? AND substr(e.key, 1, ?) = ? ORDER BY e.revision
"""


class _Chore(NamedTuple):
    """Work for the writer thread between two commits, and who waits for it."""

    run: Callable[[], None]
    done: asyncio.Future[None]


class SqliteJournal:
    """Owns the connection, the thread and the lock of one data file."""

    def __init__(self, path: Path, database: sqlite3.Connection, lock: LockFile) -> None:
        self._database = database
        self._path = path
        self._log = path.with_name(path.name + "-wal")
        self._lock = lock
        self._reader = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._queue: SimpleQueue[Write | _Chore | None] = SimpleQueue()
        self._sink: Sink | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._broken = ""
        self._gathered: list[Write] = []
        self._underway = 0
        """What the thread has still to report."""
        self._apart = 0
        self._frames = 0
        self._active = 0.0
        self._growing: asyncio.TimerHandle | None = None
        self._thread = threading.Thread(target=self._run, name=f"store-writer {path.name}", daemon=True)

    # -- on the loop

    def submit(self, write: Write, sink: Sink) -> None:
        if self._sink is None:
            self._sink = sink
            self._start()
        if not self._gathered:
            asyncio.get_running_loop().call_soon(self._flush)
        self._gathered.append(write)

    def _start(self) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._thread.start()
            self._growing = self._loop.call_later(_IDLE_SECONDS, self._grow_when_idle)

    def _flush(self) -> None:
        """Commits what this turn of the loop has written, or has it committed."""
        writes, self._gathered = self._gathered, []
        if len(writes) == 1 and not (self._underway or self._apart):
            self._after(writes, self._commit(writes))
            return
        for write in writes:
            self._enqueue(write)

    def _enqueue(self, item: Write | _Chore) -> None:
        self._start()
        self._underway += 1
        self._queue.put(item)

    def _reported(self, writes: list[Write], broken: str) -> None:
        self._underway -= len(writes)
        self._after(writes, broken)

    def _after(self, writes: list[Write], broken: str) -> None:
        assert self._sink is not None and self._loop is not None
        self._active = self._loop.time()
        if broken:
            self._sink.failed(writes, broken)
            return
        self._sink.committed(writes)
        if self._frames > _FRAMES:
            self._frames = 0
            self._enqueue(_Chore(self._checkpoint, self._loop.create_future()))

    def _settle(self, future: asyncio.Future[None], error: Exception | None) -> None:
        self._underway -= 1
        if future.done():
            return
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)

    def _grow_when_idle(self) -> None:
        assert self._loop is not None
        idle = self._loop.time() - self._active
        if self._underway or idle < _IDLE_SECONDS:
            self._growing = self._loop.call_later(_IDLE_SECONDS, self._grow_when_idle)
        else:
            self._enqueue(_Chore(self._grow_log, self._loop.create_future()))

    async def read(self, revisions: Sequence[int]) -> list[KeyValue]:
        return await asyncio.to_thread(self._read, revisions) if revisions else []

    async def events(self, prefix: str, *, after: int, until: int) -> list[Event]:
        return await asyncio.to_thread(self._read_events, prefix, after, until)

    async def forget(self, revisions: Sequence[int], *, compacted: int) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._enqueue(_Chore(lambda: self._forget(revisions, compacted), done))
        await done

    @property
    def size(self) -> int:
        """Of the data file, without what is yet to be moved into it."""
        return self._path.stat().st_size

    async def close(self) -> None:
        self._flush()
        if self._growing is not None:
            self._growing.cancel()
        if self._loop is not None:
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)
            await asyncio.sleep(0)  # the thread's last reports are in the loop's queue
        self._reader.close()
        self._database.close()
        self._lock.release()

    # -- on the writer thread

    def _run(self) -> None:
        open_ = True
        while open_:
            items = [self._queue.get()]
            try:
                while len(items) < _MAX_BATCH:
                    items.append(self._queue.get_nowait())
            except Empty:
                pass
            if writes := [item for item in items if isinstance(item, Write)]:
                self._report(self._reported, writes, self._commit(writes))
            for item in items:
                if isinstance(item, _Chore):
                    self._do(item)
            open_ = None not in items

    def _grow_log(self) -> None:
        """Makes the write-ahead log as large as it will get, in the first idle second: a commit that
        overwrites waits half as long for its fsync as one that makes the file longer. SQLite takes the log
        to end at the first frame without a valid checksum, so zeros behind its frames mean nothing to it."""
        try:
            with self._log.open("r+b") as log:
                log.seek(0, os.SEEK_END)
                log.write(bytes(max(LOG_BYTES - log.tell(), 0)))
                log.flush()
                os.fsync(log.fileno())
        except OSError as error:
            logger.info("commits take longer until the write-ahead log has grown: %s", error)

    def _commit(self, writes: list[Write]) -> str:
        """Why it failed; empty when it did not. On the loop, too, while the thread has nothing to do."""
        if self._broken:
            return self._broken
        started = time.perf_counter()
        try:
            self._insert(writes)
        except sqlite3.Error as error:
            self._broken = f"the store cannot write any more: {error}"
        took = time.perf_counter() - started
        self._apart = _APART if took > QUICK or len(writes) > 1 else max(0, self._apart - 1)
        self._frames += 2 + sum(len(write.event.kv.value) for write in writes) // _PAGE
        return self._broken

    def _checkpoint(self) -> None:
        try:
            self._database.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as error:
            logger.info("the write-ahead log could not be moved into the data file: %s", error)

    def _insert(self, writes: list[Write]) -> None:
        database = self._database
        if len(writes) <= _ROWS:
            _insert_rows(database, writes)
            return
        database.execute("BEGIN IMMEDIATE")
        try:
            for first in range(0, len(writes), _ROWS):
                _insert_rows(database, writes[first : first + _ROWS])
            database.execute("COMMIT")
        except sqlite3.Error:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise

    def _do(self, chore: _Chore) -> None:
        try:
            chore.run()
        except sqlite3.Error as error:
            self._report(self._settle, chore.done, StoreClosed(f"the store cannot be compacted: {error}"))
        else:
            self._report(self._settle, chore.done, None)

    def _forget(self, revisions: Sequence[int], compacted: int) -> None:
        database = self._database
        database.execute("BEGIN IMMEDIATE")
        try:
            # Both in one transaction: rows are never missing from a range that still counts as readable.
            database.execute("UPDATE progress SET compacted = max(compacted, ?)", (compacted,))
            database.executemany(_DELETE, ((revision,) for revision in revisions))
            database.execute("COMMIT")
        except sqlite3.Error:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise

    def _report(self, call: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(partial(call, *args, **kwargs))

    # -- on a thread of the loop's pool

    def _read(self, revisions: Sequence[int]) -> list[KeyValue]:
        rows = (self._reader.execute(_VERSION, (revision,)).fetchone() for revision in revisions)
        return [_version(row) for row in rows if row]

    def _read_events(self, prefix: str, after: int, until: int) -> list[Event]:
        rows = self._reader.execute(_EVENTS, (after, until, len(prefix), prefix)).fetchall()
        return [_event(row) for row in rows]


def _insert_rows(database: sqlite3.Connection, writes: list[Write]) -> None:
    database.execute(_INSERTS[len(writes)], [cell for write in writes for cell in _row(write)])


def _row(write: Write) -> tuple[int, str, bytes | None, int, int, float, int]:
    kind, kv, previous = write.event
    value = kv.value if kind == "PUT" else None
    before = previous.mod_revision if previous else 0
    return kv.mod_revision, kv.key, value, kv.create_revision, kv.version, kv.lease, before


def _version(row: Sequence[object]) -> KeyValue:
    key, value, created, revision, version, lease = islice(row, 6)
    return KeyValue(key, value or b"", created, revision, version, lease)  # type: ignore[arg-type]


def _event(row: Sequence[object]) -> Event:
    previous = _version(row[6:]) if row[6] is not None else None
    return Event("DELETE" if row[1] is None else "PUT", _version(row), previous)
