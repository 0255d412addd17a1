"""Sets of completion indexes as sorted intervals, in the form `1,3-5,7` that the status of a Job shows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

Object = dict[str, Any]
Intervals = tuple[tuple[int, int], ...]
"""(first, last) pairs, both ends included, in order and never touching."""

INDEX_KEY = "batch.kubernetes.io/job-completion-index"


def completion_index(pod: Object) -> int | None:
    """The index a pod works on; None when its annotation is absent or no index."""
    text = (pod["metadata"].get("annotations") or {}).get(INDEX_KEY, "")
    return int(text) if text.isascii() and text.isdigit() else None


def valid_index(pod: Object, completions: int) -> int | None:
    index = completion_index(pod)
    return index if index is not None and index < completions else None


def parse(text: str, completions: int) -> Intervals:
    """Intervals below `completions`; parts that are not numbers are left out."""
    found: list[tuple[int, int]] = []
    for part in filter(None, text.split(",")):
        start, dash, end = part.partition("-")
        if not part.isascii() or not start.isdigit() or (dash and not end.isdigit()):
            continue
        first = int(start)
        if first >= completions:
            break
        found.append((first, min(int(end), completions - 1) if end else first))
    return merge(found)


def merge(intervals: Iterable[tuple[int, int]]) -> Intervals:
    """The union; overlapping and adjacent intervals become one."""
    result: list[tuple[int, int]] = []
    for first, last in sorted(intervals):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return tuple(result)


def with_indexes(intervals: Intervals, indexes: Iterable[int]) -> Intervals:
    return merge([*intervals, *((index, index) for index in indexes)])


def total(intervals: Intervals) -> int:
    return sum(last - first + 1 for first, last in intervals)


def has(intervals: Intervals, index: int) -> bool:
    at = bisect_left(intervals, index, key=lambda interval: interval[1])
    return at < len(intervals) and intervals[at][0] <= index


def text_of(intervals: Intervals) -> str:
    """Two neighbours are written `3,4`, longer runs `3-5`."""
    return ",".join(map(_interval, intervals))


def _interval(interval: tuple[int, int]) -> str:
    first, last = interval
    if first == last:
        return str(first)
    return f"{first}{',' if last == first + 1 else '-'}{last}"


def common(one: Intervals, two: Intervals) -> int:
    """How many indexes are in both."""
    count = i = j = 0
    while i < len(one) and j < len(two):
        count += max(0, min(one[i][1], two[j][1]) - max(one[i][0], two[j][0]) + 1)
        if one[i][1] < two[j][1]:
            i += 1
        else:
            j += 1
    return count


def first_missing(taken: Intervals, count: int, completions: int) -> list[int]:
    """The lowest `count` indexes below `completions` that are not `taken`."""
    result: list[int] = []
    candidate = 0
    for first, last in (*taken, (completions, completions)):
        stop = min(first, completions, candidate + count - len(result))
        result.extend(range(candidate, stop))
        if len(result) >= count:
            break
        candidate = max(candidate, last + 1)
    return result
