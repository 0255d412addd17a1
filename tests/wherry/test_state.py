"""Locks, slots and what a running cluster leaves behind for other commands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wherry.cluster import state
from wherry.cluster.paths import ClusterPaths, locate
from wherry.cluster.spec import ClusterSpec
from wherry.cluster.state import ClusterState, Slot
from wherry.errors import CliError


@pytest.fixture
def paths(tmp_path: Path) -> ClusterPaths:
    return ClusterPaths(tmp_path)


@pytest.fixture(autouse=True)
def own_slots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHERRY_RUN", str(tmp_path))


def record(paths: ClusterPaths, pid: int) -> ClusterState:
    found = ClusterState(
        spec=ClusterSpec(name="a", data_dir=paths.root), supervisor=pid, pids={"apiserver": 1}
    )
    found.write(paths)
    return found


def test_state_is_read_back(paths: ClusterPaths) -> None:
    assert state.read(paths) is None
    written = record(paths, os.getpid())
    assert state.running(paths) == written


def test_a_dead_supervisor_means_not_running(paths: ClusterPaths) -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    record(paths, pid)
    assert state.running(paths) is None


def test_a_data_directory_belongs_to_one_cluster(paths: ClusterPaths) -> None:
    held = state.lock(paths)
    with pytest.raises(CliError, match=r"is in use.*wherry down"):
        state.lock(paths)
    os.close(held)
    os.close(state.lock(paths))


def test_clusters_side_by_side_get_different_slots() -> None:
    one, two = Slot(), Slot()
    assert (one.take(), two.take()) == (0, 1)
    one.release()
    assert Slot().take() == 0
    two.release()


def test_a_new_cluster_leaves_the_slots_of_stopped_ones_alone() -> None:
    slot, last = Slot(), Slot()
    assert slot.take(None, {0, 1}) == 2
    assert last.take(None, set(range(16))) == 0
    slot.release()
    last.release()


def test_a_data_directory_remembers_its_slot(paths: ClusterPaths) -> None:
    assert state.remembered(paths) is None
    state.remember(paths, 5)
    assert state.remembered(paths) == 5


def test_a_remembered_slot_that_is_taken_is_an_error() -> None:
    other = Slot()
    other.take(3)
    with pytest.raises(CliError, match="address range 3"):
        Slot().take(3)
    other.release()


def test_a_name_is_a_directory_below_the_data_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert locate("blue").root == Path("/data/wherry/blue")
    assert locate("blue", Path("/elsewhere")).root == Path("/elsewhere")
