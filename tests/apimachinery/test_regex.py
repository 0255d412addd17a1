"""Patterns as Go has them."""

from __future__ import annotations

import pytest
from wherry.apimachinery.regex import PatternError, searcher


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("^(?=a)b$", "invalid or unsupported Perl syntax: `(?=`"),
        ("[a", "missing closing ]: `[a`"),
        ("(a", "missing closing ): `(a`"),
        ("a)", "unexpected ): `a)`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("*a", "missing argument to repetition operator: `*`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("[b-a]", "invalid character class range: `b-a`"),
        ("\\8", "invalid escape sequence: `\\8`"),
        ("a\\", "trailing backslash at end of expression: ``"),
    ],
)
def test_a_pattern_that_is_none(pattern: str, message: str) -> None:
    with pytest.raises(PatternError) as caught:
        searcher(pattern)
    assert str(caught.value) == f"error parsing regexp: {message}"


def test_the_end_of_a_text_is_its_end() -> None:
    """Python's own engine lets a newline follow."""
    assert searcher("^a$")("a")
    assert not searcher("^a$")("a\n")


def test_a_search_takes_time_in_proportion() -> None:
    """This one would keep a backtracking engine busy for ages."""
    assert not searcher("^(a+)+$")("a" * 5000 + "b")
