"""Files of environment variables (`fileKeyRef`): `NAME='value'` and nothing else. Source: KEP-3721."""

from __future__ import annotations

import re
from pathlib import Path

_SKIPPED = re.compile(r"[ \t]*(#[^\n]*)?(\n|\Z)")
_DECLARED = re.compile(r"[ \t]*([^\s='#][^\s=']*)[ \t]*=[ \t]*'([^']*)'[ \t]*(\n|\Z)")


def parse(text: str) -> dict[str, str]:
    """Values are literal and may have several lines; the first of a name counts.

    ValueError names the line that is neither blank, a comment nor a declaration.
    """
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        skipped = _SKIPPED.match(text, at)
        declared = None if skipped else _DECLARED.match(text, at)
        match = skipped or declared
        if match is None:
            line = text.count("\n", 0, at) + 1
            raise ValueError(f"line {line}: expected NAME='value'")
        if declared is not None:
            found.setdefault(declared[1], declared[2])
        at = match.end()
    return found


def read(volume: Path, path: str) -> dict[str, str] | None:
    """The variables of a file of a volume; None when there is no such file, or it leads out of the volume.

    ValueError for a file that is not in the format.
    """
    file = (volume / path).resolve()
    if not file.is_relative_to(volume.resolve()) or not file.is_file():
        return None
    return parse(file.read_text())
