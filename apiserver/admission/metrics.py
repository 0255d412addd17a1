"""How long admission takes, under upstream's name: all plug-ins that change an object, all that judge it."""

from __future__ import annotations

from ...apimachinery import exposition
from ...apimachinery.histogram import Histogram, note

NAME = "apiserver_admission_step_admission_duration_seconds"
BUCKETS = (0.005, 0.025, 0.1, 0.5, 1.0, 2.5)
ADMIT, VALIDATE = "admit", "validate"

_steps: dict[tuple[str, bool, str], Histogram] = {}


def stepped(step: str, operation: str, rejected: bool, seconds: float) -> None:
    """One step of one operation (CREATE, …) has ended."""
    note(_steps, (operation, rejected, step), BUCKETS, seconds)


def render() -> str:
    """The exposition text."""
    lines = exposition.head(NAME, "histogram", "Seconds that admission took.")
    for (operation, rejected, step), found in sorted(_steps.items()):
        labels = f'operation="{operation}",rejected="{str(rejected).lower()}",type="{step}"'
        lines += found.lines(NAME, labels)
    return exposition.document(lines)
