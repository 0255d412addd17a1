"""What can go wrong with an expression, in cel-go's words.

Source: cel-go common/errors.go, common/source.go, interpreter errors.
"""

from __future__ import annotations

from bisect import bisect_right

MOST_SHOWN = 16384
"""Bytes of a line that an issue quotes."""


class CelError(Exception):
    """An expression that cannot be used, or gave no value."""


class CompileError(CelError):
    """The text does not parse or check; str() is cel-go's list of issues."""


class EvaluationError(CelError):
    """No value: `no such key: x`, `index out of bounds: 3`, `division by zero` …"""


class Stopped(EvaluationError):  # noqa: N818
    """The evaluation ended as a whole: no `||` makes up for it."""


class Crash(Stopped):
    """What upstream's interpreter panics at."""

    def __init__(self, message: str) -> None:
        super().__init__(f"internal error: {message}")


class BudgetExceeded(Stopped):
    """The evaluation was stopped because it cost more than one call may."""

    def __init__(self) -> None:
        super().__init__("operation cancelled: actual cost limit exceeded")


class Source:
    """The text of an expression, and where its offsets are in lines and columns."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(i + 1 for i, letter in enumerate(text) if letter == "\n")]

    def issue(self, offset: int, message: str) -> str:
        """`ERROR: <input>:1:6: message` with the line and a mark under the place; offset -1 has no place."""
        if offset < 0:
            return f"ERROR: <input>:-1:-1: {message}"
        row = bisect_right(self._starts, offset) - 1
        column = offset - self._starts[row]
        end = self._starts[row + 1] - 1 if row + 1 < len(self._starts) else len(self.text)
        head = f"ERROR: <input>:{row + 1}:{column + 1}: {message}"
        line = self.text[self._starts[row] : end].replace("\t", " ")
        if not self.text or len(line.encode()) > MOST_SHOWN:
            return head
        return f"{head}\n | {line}\n | {_dots(line, column)}{_mark(line, column)}"


def _dots(line: str, column: int) -> str:
    return "".join("．" if _wide(letter) else "." for letter in line[:column])


def _mark(line: str, column: int) -> str:
    return "＾" if column < len(line) and _wide(line[column]) else "^"


def _wide(letter: str) -> bool:
    return len(letter.encode()) > 1
