"""docs/conformance.md names tests; they are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "conformance.md").read_text()
NAMED = re.compile(r"`((?:[\w./]+/)?test_\w+\.py)(?:::(test_\w+))?`")


def missing(file: str, function: str) -> bool:
    path = ROOT / file if file.startswith("tests/") else ROOT / "tests" / "conformance" / file
    return not path.exists() or f"def {function}" not in path.read_text()


def test_every_test_it_names_exists() -> None:
    named = set(NAMED.findall(DOCUMENT))
    assert len(named) > 100
    assert sorted(one for one in named if missing(*one)) == []


def test_every_row_has_a_verdict() -> None:
    rows = [line for line in DOCUMENT.splitlines() if line.startswith("| ")]
    told = [row for row in rows if not re.match(r"\| (test|---)", row)]
    assert len(told) > 400
    assert [row for row in told if not re.search(r"\| (passes|cannot)", row)] == []
