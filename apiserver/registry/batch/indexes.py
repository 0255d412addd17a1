"""Completion indexes as Jobs name them: `0,2-5`, every index below the number of completions."""

from __future__ import annotations

from collections import deque

from ....apimachinery import field


def count_indexes(text: str, completions: int) -> int:
    """How many indexes `0,2-5` names. ValueError with upstream's message."""
    total = 0
    last: int | None = None
    for part in text.split(",") if text else ():
        low, high = _interval(part, completions)
        if last is not None and last >= low:
            raise ValueError(f"non-increasing order, previous: {last}, current: {low}")
        total += high - low + 1
        last = high
    return total


def common_index(one: str, other: str, completions: int) -> int | None:
    """The first index that both name. What cannot be read counts as naming none."""
    ours, theirs = _readable(one, completions), _readable(other, completions)
    while ours and theirs:
        (low, high), (first, last) = ours[0], theirs[0]
        if low <= last and first <= high:
            return max(low, first)
        (ours if low <= first else theirs).popleft()
    return None


def _readable(text: str, completions: int) -> deque[tuple[int, int]]:
    found: deque[tuple[int, int]] = deque()
    for part in text.split(","):
        try:
            found.append(_interval(part, completions))
        except ValueError:
            continue  # counting the indexes tells the user
    return found


def _interval(text: str, completions: int) -> tuple[int, int]:
    ends = text.split("-")
    if len(ends) > 2:
        rule = "an index interval can have at most two parts separated by '-'"
        raise ValueError(f"the fragment {field.quote(text)} violates the requirement that {rule}")
    low = _index(ends[0], completions)
    if len(ends) == 1:
        return low, low
    high = _index(ends[1], completions)
    if low >= high:
        raise ValueError(f"non-increasing order, previous: {low}, current: {high}")
    return low, high


def _index(text: str, completions: int) -> int:
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not digits.isascii() or not digits.isdigit():
        raise ValueError(f"cannot convert string to integer for index: {field.quote(text)}")
    if int(text) >= completions:
        raise ValueError(f"too large index: {field.quote(text)}")
    return int(text)
