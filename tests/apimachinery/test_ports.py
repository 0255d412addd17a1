"""Low ports: which may be bound, and where the others are served."""

from __future__ import annotations

from pathlib import Path

import pytest
from wherry.apimachinery import ports


def system(root: Path, capabilities: str, start: int = 1024) -> Path:
    """A /proc of a process with these capabilities."""
    (root / "self").mkdir()
    (root / "self" / "status").write_text(f"Name:\tx\nCapEff:\t{capabilities}\n")
    (root / "sys/net/ipv4").mkdir(parents=True)
    (root / "sys/net/ipv4/ip_unprivileged_port_start").write_text(f"{start}\n")
    return root


@pytest.mark.parametrize(
    ("capabilities", "start", "lowest"),
    [("0000000000000400", 1024, 0), ("0000000000000000", 1024, 1024), ("0000000000000000", 0, 0)],
)
def test_the_lowest_port_that_may_be_bound(
    tmp_path: Path, capabilities: str, start: int, lowest: int
) -> None:
    assert ports.lowest(system(tmp_path, capabilities, start)) == lowest


def test_where_linux_does_not_say_the_usual_holds(tmp_path: Path) -> None:
    assert ports.lowest(tmp_path) == 1024


def test_a_low_port_is_served_8000_above(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "lowest", lambda: 1024)
    assert (ports.served_at(80), ports.served_at(1024)) == (8080, 1024)
