"""Tables as kubectl prints them: the server's `meta.k8s.io/v1 Table`, columns padded to their widest cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

ACCEPT = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
GAP = "   "
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


class Columns:
    """The columns of one listing; remembers widths, so that rows of a watch line up with what is printed."""

    def __init__(
        self, definitions: Sequence[dict[str, Any]], *, wide: bool, namespace: bool, prefix: str = ""
    ) -> None:
        shown = [i for i, column in enumerate(definitions) if wide or not column.get("priority")]
        self._shown = shown
        self._prefix = prefix
        self._namespace = namespace
        self.heads = [definitions[i]["name"].upper() for i in shown]
        if namespace:
            self.heads.insert(0, "NAMESPACE")
        self._widths = [len(head) for head in self.heads]

    def cells(self, row: dict[str, Any]) -> list[str]:
        values = row.get("cells") or []
        out = [cell(values[i]) if i < len(values) else "" for i in self._shown]
        if out and self._prefix:
            out[0] = f"{self._prefix}/{out[0]}"
        if self._namespace:
            out.insert(0, ((row.get("object") or {}).get("metadata") or {}).get("namespace", ""))
        return out

    def lines(self, rows: Sequence[dict[str, Any]], *, heads: bool) -> list[str]:
        """One line per row, with the heads before them when asked for."""
        found = [self.cells(row) for row in rows]
        for cells in found:
            self._widths = [max(width, len(text)) for width, text in zip(self._widths, cells, strict=True)]
        return [self._line(cells) for cells in ([self.heads, *found] if heads else found)]

    def _line(self, cells: Sequence[str]) -> str:
        return GAP.join(text.ljust(width) for text, width in zip(cells, self._widths, strict=True)).rstrip()


def cell(value: Any) -> str:
    if value is None:
        return "<none>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return printable(str(value).split("\n", 1)[0])


def printable(text: str) -> str:
    """Without what would command a terminal: names and messages in a cluster may come from anybody."""
    return text.translate(_CONTROLS)


def plain(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of our own (`status`, `image list`) in the same dress."""
    columns = Columns([{"name": head} for head in heads], wide=True, namespace=False)
    return "\n".join(columns.lines([{"cells": list(row)} for row in rows], heads=True))
