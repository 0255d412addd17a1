"""The durable store: an append-only log table in one SQLite file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ...apimachinery.clock import Clock
from .contract import Event, KeyValue, StoreError
from .engine import JournaledStore
from .index import Index
from .lockfile import LockFile
from .sqlite_journal import SqliteJournal

_APPLICATION_ID = 0x57485259
_FORMAT = 1
_SCHEMA = """
CREATE TABLE log (
    revision INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    value BLOB,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    lease REAL NOT NULL,
    previous INTEGER NOT NULL
);
CREATE TABLE progress (compacted INTEGER NOT NULL);
INSERT INTO progress VALUES (0);
"""


class SqliteStore(JournaledStore):
    """`contract.Store` in a file; what was answered survives a crash of the process or the machine."""

    @classmethod
    def open(cls, path: str | Path, clock: Clock) -> SqliteStore:
        """Opens or makes the file. StoreError when another process has it open, or when it is not ours."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = LockFile(path.with_name(path.name + ".lock"))
        try:
            database = _connect(path)
            try:
                index = _load(database)
            except BaseException:
                database.close()
                raise
        except BaseException:
            lock.release()
            raise
        return cls(SqliteJournal(path, database, lock), index, clock)


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("PRAGMA fullfsync=1")  # macOS: fsync alone does not reach the disk there
        # A checkpoint costs an fsync of the main file; every 16 MB of log is seldom enough not to be felt.
        database.execute("PRAGMA wal_autocheckpoint=4000")
        _migrate(database, path)
    except sqlite3.DatabaseError as error:
        database.close()
        raise StoreError(f"cannot open the data file {path}: {error}") from error
    except StoreError:
        database.close()
        raise
    return database


def _migrate(database: sqlite3.Connection, path: Path) -> None:
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables:
        mark = f"PRAGMA application_id={_APPLICATION_ID}; PRAGMA user_version={_FORMAT};"
        database.executescript(f"BEGIN; {_SCHEMA} {mark} COMMIT;")
    elif application != _APPLICATION_ID:
        raise StoreError(f"{path} is not a Wherry data file")
    elif version != _FORMAT:
        raise StoreError(f"{path} has format {version}; this version of Wherry reads format {_FORMAT}")


def _load(database: sqlite3.Connection) -> Index:
    """Replays the log. A compaction that a crash cut short is finished here."""
    index = Index()
    rows = database.execute("SELECT key, value, created, revision, version, lease FROM log ORDER BY revision")
    for key, value, *rest in rows:
        kind = "DELETE" if value is None else "PUT"
        index.apply(Event(kind, KeyValue(key, value or b"", *rest), None))
    (compacted,) = database.execute("SELECT compacted FROM progress").fetchone()
    for dropped in index.compact(compacted):
        database.executemany("DELETE FROM log WHERE revision = ?", ((revision,) for revision in dropped))
    # The newest write may have been a deletion that compaction dropped; its revision must not be given again.
    index.revision = max(index.revision, compacted)
    return index
