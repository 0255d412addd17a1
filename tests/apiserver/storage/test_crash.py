"""`kill -9` in the middle of concurrent writes: everything acknowledged is there, nothing is torn."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.apiserver.storage.contract import KeyValue
from wherry.apiserver.storage.sqlite import SqliteStore
from wherry.apiserver.storage.sqlite_journal import LOG_BYTES

from tests.support import run

WRITER = """
import asyncio, os, sys
from wherry.apimachinery.clock import SystemClock
from wherry.apiserver.storage.sqlite import SqliteStore

async def work(store, worker):
    number = 0
    while True:
        key, value = f"/k/{worker}/{number % 50}", b"%d." % number * 40
        head = await store.get(key)
        if head is None:
            head = await store.create(key, value)
        elif number % 7 == 0:
            head = (await store.delete(key))._replace(value=b"")
        else:
            head = await store.update(key, value, expected=head.mod_revision)
        os.write(1, f"{head.mod_revision} {key} {len(head.value)} {number}\\n".encode())
        number += 1

async def main():
    store = SqliteStore.open(sys.argv[1], SystemClock())
    if sys.argv[2:]:
        await store.create("/k/first", b"x")
        while os.path.getsize(sys.argv[1] + "-wal") < int(sys.argv[2]):
            await asyncio.sleep(0.01)
    await asyncio.gather(*(work(store, worker) for worker in range(8)))

asyncio.run(main())
"""

Acknowledged = dict[int, tuple[str, int, int]]
"""revision → key, length of the value, number of the write"""


def write_until_killed(path: Path, writes: int, log_bytes: str = "") -> Acknowledged:
    """Runs the writer, kills it after it acknowledged about `writes` writes; with `log_bytes` it begins once
    its log is that large."""
    command = [sys.executable, "-c", WRITER, str(path), *filter(None, [log_bytes])]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(writes)]
        os.kill(child.pid, signal.SIGKILL)
        lines += child.stdout.readlines()
    complete = [line.decode().split() for line in lines if line.endswith(b"\n")]
    return {int(revision): (key, int(size), int(number)) for revision, key, size, number in complete}


async def recovered(path: Path) -> tuple[int, dict[int, KeyValue], dict[str, KeyValue]]:
    """Revision, every version by revision, and the live keys of the reopened store."""
    store = SqliteStore.open(path, FakeClock())
    versions = {event.kv.mod_revision: event.kv for event in await store.events("", after=0)}
    live = {kv.key: kv for kv in (await store.range("")).items}
    await store.close()
    return store.revision, versions, live


@pytest.mark.parametrize("writes", [1, 300, 1500])
def test_every_acknowledged_write_survives(folder: Path, writes: int) -> None:
    path = folder / "s.db"
    acknowledged = write_until_killed(path, writes)
    revision, versions, live = run(recovered(path))
    assert len(acknowledged) >= writes
    for at, (key, size, number) in acknowledged.items():
        assert (versions[at].key, len(versions[at].value)) == (key, size)
        assert size == 0 or versions[at].value == b"%d." % number * 40
    assert sorted(versions) == list(range(2, revision + 1))
    newest = {version.key: version for version in versions.values()}
    assert live == {key: version for key, version in newest.items() if version.value}


def test_zeros_behind_the_log_cost_no_acknowledged_write(folder: Path) -> None:
    path = folder / "s.db"
    acknowledged = write_until_killed(path, 500, str(LOG_BYTES))
    _, versions, _ = run(recovered(path))
    assert len(acknowledged) >= 500
    for at, (key, size, number) in acknowledged.items():
        assert (versions[at].key, len(versions[at].value)) == (key, size)
        assert size == 0 or versions[at].value == b"%d." % number * 40


def test_a_killed_store_can_be_killed_again(folder: Path) -> None:
    path = folder / "s.db"
    for _ in range(3):
        acknowledged = write_until_killed(path, 100)
        _, versions, _ = run(recovered(path))
        assert set(acknowledged) <= set(versions)
