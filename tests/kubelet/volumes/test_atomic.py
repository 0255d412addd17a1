"""Directories that change all at once."""

from __future__ import annotations

from pathlib import Path

from wherry.kubelet.volumes import atomic
from wherry.kubelet.volumes.atomic import File


def shown(directory: Path) -> dict[str, bytes]:
    names = [p for p in directory.iterdir() if not p.name.startswith("..")]
    files = [f for p in names for f in ([p] if p.is_file() else p.rglob("*")) if f.is_file()]
    return {str(f.relative_to(directory)): f.read_bytes() for f in files}


def test_the_directory_shows_exactly_the_files(tmp_path: Path) -> None:
    assert atomic.write(tmp_path, {"a": File(b"1"), "sub/b": File(b"2", 0o400)}, "t1")
    assert shown(tmp_path) == {"a": b"1", "sub/b": b"2"}
    assert (tmp_path / "sub" / "b").stat().st_mode & 0o777 == 0o400
    assert (tmp_path / "a").readlink() == Path("..data/a")


def test_an_update_replaces_everything_behind_one_link(tmp_path: Path) -> None:
    atomic.write(tmp_path, {"a": File(b"1"), "gone": File(b"x")}, "t1")
    assert atomic.write(tmp_path, {"a": File(b"2"), "new": File(b"y")}, "t2")
    assert shown(tmp_path) == {"a": b"2", "new": b"y"}
    assert (tmp_path / "..data").readlink() == Path("..t2")
    assert not (tmp_path / "..t1").exists()


def test_nothing_is_written_when_nothing_changed(tmp_path: Path) -> None:
    atomic.write(tmp_path, {"a": File(b"1")}, "t1")
    assert not atomic.write(tmp_path, {"a": File(b"1")}, "t2")
    assert (tmp_path / "..data").readlink() == Path("..t1")
