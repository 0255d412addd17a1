"""The log table's writer thread (group commit) and its readers.

Everything that waits when the thread becomes free is one transaction, so a commit's fsync is shared by as
many writers as came along during the one before, and a lone writer waits for nobody.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import threading
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
        self._thread = threading.Thread(target=self._run, name=f"store-writer {path.name}", daemon=True)

    # -- on the loop

    def submit(self, write: Write, sink: Sink) -> None:
        if self._sink is None:
            self._sink = sink
        self._enqueue(write)

    def _enqueue(self, item: Write | _Chore | None) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._thread.start()
        self._queue.put(item)

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
        if self._loop is not None:
            self._enqueue(None)
            await asyncio.to_thread(self._thread.join)
            await asyncio.sleep(0)  # the thread's last reports are in the loop's queue
        self._reader.close()
        self._database.close()
        self._lock.release()

    # -- on the writer thread

    def _run(self) -> None:
        open_, grown = True, False
        while open_:
            try:
                items = [self._queue.get(timeout=None if grown else _IDLE_SECONDS)]
            except Empty:
                grown = True
                self._grow_log()
                continue
            try:
                while len(items) < _MAX_BATCH:
                    items.append(self._queue.get_nowait())
            except Empty:
                pass
            if writes := [item for item in items if isinstance(item, Write)]:
                self._commit(writes)
            for item in items:
                if isinstance(item, _Chore):
                    self._do(item)
            open_ = None not in items

    def _grow_log(self) -> None:
        """Makes the write-ahead log as large as it will get, at the first idle moment: a commit that
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

    def _commit(self, writes: list[Write]) -> None:
        sink = self._sink
        assert sink is not None
        if not self._broken:
            try:
                self._insert(writes)
            except sqlite3.Error as error:
                self._broken = f"the store cannot write any more: {error}"
        if self._broken:
            self._report(sink.failed, writes, self._broken)
        else:
            self._report(sink.committed, writes)

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
            self._report(_settle, chore.done, StoreClosed(f"the store cannot be compacted: {error}"))
        else:
            self._report(_settle, chore.done, None)

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


def _settle(future: asyncio.Future[None], error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


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
