"""Prometheus' text format, for what is told without its client library, which takes long to import.

Source: prometheus.io, "Exposition formats".
"""

from __future__ import annotations

from collections.abc import Iterable

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def head(name: str, kind: str, text: str) -> list[str]:
    """What stands above a metric's samples. `kind` is counter, gauge or histogram."""
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]


def labels(pairs: Iterable[tuple[str, str]]) -> str:
    """Labels and their values as they stand between the braces."""
    return ",".join([f'{label}="{value.translate(_ESCAPES)}"' for label, value in pairs])


def document(lines: Iterable[str]) -> str:
    """The whole text; empty without a line."""
    return "".join([f"{line}\n" for line in lines])
