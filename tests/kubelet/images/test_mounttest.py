"""agnhost's look at volumes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from wherry.kubelet.images.standins import mounttest


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    """The program clears it."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        (stat.S_IFREG | 0o644, "-rw-r--r--"),
        (stat.S_IFDIR | 0o777, "drwxrwxrwx"),
        (stat.S_IFDIR | 0o2770, "dgrwxrwx---"),
        (stat.S_IFDIR | 0o1777, "dtrwxrwxrwx"),
    ],
)
def test_modes_are_written_as_go_does(mode: int, text: str) -> None:
    assert mounttest.go_mode(mode) == text


def test_a_new_file_is_written_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = f"{tmp_path}/new"
    assert mounttest.main([f"--new_file_0666={path}", f"--file_owner={path}"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f'content of file "{path}": mount-tester new file',
        "",
        f'perms of file "{path}": -rw-rw-rw-',
        f'owner UID of "{path}": {os.geteuid()}',
        f'owner GID of "{path}": {os.getegid()}',
    ]


def test_the_type_of_the_mount_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert mounttest.main(["--fs_type=/proc/self"]) == 0
    assert capsys.readouterr().out == 'mount type of "/proc/self": proc\n'


def test_what_cannot_be_read_ends_badly(tmp_path: Path) -> None:
    assert mounttest.main([f"--file_content={tmp_path}/none"]) == 1
