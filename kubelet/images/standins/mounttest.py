"""`agnhost mounttest`: tells what a volume looks like from within. Source: its flags and output."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

from .echo import parse

CONTENT = "mount-tester new file\n"
LETTERS = (
    (stat.S_ISBLK, "D"), (stat.S_ISFIFO, "p"), (stat.S_ISSOCK, "S"),
    (stat.S_ISCHR, "Dc"), (stat.S_ISDIR, "d"),
)  # fmt: skip
BITS = ((stat.S_ISUID, "u"), (stat.S_ISGID, "g"), (stat.S_ISVTX, "t"))
LOOP_SECONDS = 2.0


def main(arguments: list[str]) -> int:
    """Looks, writes and reads in a fixed order, whatever the order of the flags."""
    os.umask(0)
    flags = parse(arguments)
    failures = 0
    for flag, action in ACTIONS.items():
        if flag in flags:
            try:
                action(flags[flag], flags)
            except OSError as error:
                sys.stdout.write(f"error with {flag}: {error}\n")
                failures += 1
    sys.stdout.flush()
    return 1 if failures else 0


def go_mode(mode: int) -> str:
    """As Go's os.FileMode prints it: `drwxr-xr-x`, `dgrwxrwxrwx`."""
    kind = next((letter for test, letter in LETTERS if test(mode)), "")
    kind += "".join(letter for bit, letter in BITS if mode & bit)
    return (kind or "-") + stat.filemode(stat.S_IMODE(mode) & 0o777)[1:]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _fs_type(path: str, flags: dict[str, str]) -> None:
    _say(f'mount type of "{path}": {_type_of(path)}')


def _type_of(path: str) -> str:
    """The type of the mount that holds the path, from the longest mount point above it."""
    target, best, found = os.path.realpath(path), "", ""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        point = left.split()[4]
        if (target == point or target.startswith(point.rstrip("/") + "/")) and len(point) >= len(best):
            best, found = point, right.split()[0]
    return found


def _new_file(mode: int) -> Callable[[str, dict[str, str]], None]:
    def write(path: str, flags: dict[str, str]) -> None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(handle, "w") as file:
            file.write(CONTENT)
        _read(path, flags)
        _perm(path, flags)

    return write


def _mode(path: str, flags: dict[str, str]) -> None:
    _say(f'mode of file "{path}": {go_mode(Path(path).stat().st_mode)}')


def _perm(path: str, flags: dict[str, str]) -> None:
    _say(f'perms of file "{path}": {go_mode(stat.S_IFREG | (Path(path).stat().st_mode & 0o777))}')


def _read(path: str, flags: dict[str, str]) -> None:
    _say(f'content of file "{path}": {Path(path).read_text(errors="replace")}')


def _read_again(path: str, flags: dict[str, str]) -> None:
    """Until `retry_time` seconds have passed; or until it says what this program writes, unless told to go
    on."""
    end = time.monotonic() + float(flags.get("retry_time", "180"))
    once = flags.get("break_on_expected_content", "true") == "true"
    while time.monotonic() < end:
        try:
            _read(path, flags)
            if once and Path(path).read_text(errors="replace") == CONTENT:
                return
            if once:
                _say(f"Unexpected content. Expected: {CONTENT}. Retrying")
        except OSError as error:
            _say(f"Error reading file {path}: {error}, retrying")
        time.sleep(LOOP_SECONDS)


def _owner(path: str, flags: dict[str, str]) -> None:
    found = Path(path).stat()
    _say(f'owner UID of "{path}": {found.st_uid}')
    _say(f'owner GID of "{path}": {found.st_gid}')


ACTIONS: dict[str, Callable[[str, dict[str, str]], None]] = {
    "fs_type": _fs_type,
    "new_file_0644": _new_file(0o644),
    "new_file_0666": _new_file(0o666),
    "new_file_0660": _new_file(0o660),
    "new_file_0777": _new_file(0o777),
    "file_mode": _mode,
    "file_perm": _perm,
    "file_content": _read,
    "file_content_in_loop": _read_again,
    "file_owner": _owner,
}
