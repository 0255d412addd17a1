"""A pod's fsGroup owns its volumes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from wherry.kubelet.volumes import ownership

GROUP = 2000
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def shown(path: Path) -> tuple[int, str]:
    found = path.stat()
    return found.st_gid, f"{found.st_mode & 0o7777:o}"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A directory with a file, both of the owner alone."""
    root = tmp_path / "v"
    root.mkdir(mode=0o700)
    (root / "file").touch(mode=0o600)
    return root


@needs_root
def test_the_group_may_read_and_write_what_is_there_and_what_comes(tree: Path) -> None:
    ownership.give(tree, GROUP, read_only=False)
    assert shown(tree) == (GROUP, "2770")
    assert shown(tree / "file") == (GROUP, "660")


@needs_root
def test_generated_files_can_be_read_only(tree: Path) -> None:
    ownership.give(tree, GROUP, read_only=True)
    assert shown(tree / "file") == (GROUP, "640")


@needs_root
def test_a_volume_that_belongs_to_the_group_is_not_walked_again(tree: Path) -> None:
    ownership.give(tree, GROUP, read_only=False)
    (tree / "late").touch(mode=0o600)
    ownership.give(tree, GROUP, read_only=False, on_mismatch=True)
    assert shown(tree / "late")[1] == "600"
    ownership.give(tree, GROUP, read_only=False)
    assert shown(tree / "late")[1] == "660"


@needs_root
def test_links_are_given_and_not_followed(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").touch(mode=0o600)
    (tree / "link").symlink_to(tmp_path / "outside")
    ownership.give(tree, GROUP, read_only=False)
    assert (tree / "link").lstat().st_gid == GROUP
    assert shown(tmp_path / "outside") == (os.getgid(), "600")
