"""One line per thing that is waited for, kept up to date on a terminal; elsewhere printed when it is done."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Protocol, Self

SPINNER = "dots"


class Listener(Protocol):
    """What is told how a wait goes."""

    def waits(self, key: str, text: str) -> None: ...

    def done(self, key: str, text: str, *, good: bool = True) -> None: ...


class Silent:
    """Says nothing: for callers that only want to know when it is over."""

    def waits(self, key: str, text: str) -> None:
        pass

    def done(self, key: str, text: str, *, good: bool = True) -> None:
        pass


class Progress:
    """Lines by key. Use as a context manager."""

    def __init__(self) -> None:
        self._lines: dict[str, str] = {}
        self._live = None
        if sys.stdout.isatty():
            from rich.live import Live

            self._live = Live(refresh_per_second=12, transient=True)

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def waits(self, key: str, text: str) -> None:
        self._lines[key] = text
        self._draw()

    def done(self, key: str, text: str, *, good: bool = True) -> None:
        """The last word on `key`, which stays on the screen."""
        self._lines.pop(key, None)
        self._draw()
        line = f"{'✓' if good else '✗'} {key}: {text}"
        if self._live is not None:
            self._live.console.print(line, markup=False, highlight=False)
        else:
            print(line, flush=True)

    def _draw(self) -> None:
        if self._live is None:
            return
        from rich.console import Group
        from rich.spinner import Spinner
        from rich.text import Text

        lines = [Spinner(SPINNER, Text(f"{key}: {text}")) for key, text in self._lines.items()]
        self._live.update(Group(*lines), refresh=True)
