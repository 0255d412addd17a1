"""Regular expressions as Go has them (RE2): matching takes time linear in the text, whatever the pattern.

Source: Go's regexp/syntax for the texts of errors.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

Search = Callable[[str], object]
"""Something true when the pattern is found anywhere in a text."""

_WORDS = {
    "missing ]": "missing closing ]",
    "missing )": "missing closing )",
    "trailing \\": "trailing backslash at end of expression",
    "no argument for repetition operator": "missing argument to repetition operator",
    "bad repetition operator": "invalid nested repetition operator",
    "invalid repetition size": "invalid repeat count",
    "invalid perl operator": "invalid or unsupported Perl syntax",
    "invalid named capture group": "invalid named capture",
}
"""RE2's words for an error → Go's."""
_BARE = ("trailing \\",)
"""Errors that Go gives with nothing after them."""


class PatternError(ValueError):
    """`str()` is Go's message: "error parsing regexp: missing closing ]: `[a`"."""


def searcher(pattern: str) -> Search:
    """The search for a pattern. Raises PatternError."""
    found: Search = compiled(pattern).search
    return found


@lru_cache(1024)
def compiled(pattern: str) -> Any:
    """The pattern as the `re2` module has it. Raises PatternError."""
    import re2  # heavy, and most clusters have no pattern

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as fault:
        raise PatternError(f"error parsing regexp: {_go_words(fault.args[0])}") from None


def _go_words(fault: bytes | str) -> str:
    text = fault.decode() if isinstance(fault, bytes) else fault
    code, _, place = text.partition(": ")
    return _WORDS.get(code, code) + (f": `{place}`" if place or code not in _BARE else ": ``")
