"""What goes wrong on the command line, in words a person can act on."""

from __future__ import annotations


class CliError(Exception):
    """Shown as one message; the process ends with `code`."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
