"""Sets of completion indexes."""

from __future__ import annotations

import pytest
from wherry.controllers.job import indexes
from wherry.controllers.job.indexes import Intervals

from tests.controllers.jobs import job_pod


@pytest.mark.parametrize(
    ("text", "intervals"),
    [
        ("", ()),
        ("0", ((0, 0),)),
        ("0,1", ((0, 1),)),
        ("0-2,4", ((0, 2), (4, 4))),
        ("1,3-5,7", ((1, 1), (3, 5), (7, 7))),
    ],
)
def test_text_is_read_and_written(text: str, intervals: Intervals) -> None:
    assert indexes.parse(text, 10) == intervals
    assert indexes.text_of(intervals) == text


def test_indexes_beyond_the_completions_are_not_read() -> None:
    assert indexes.parse("0-4,6,8-9", 3) == ((0, 2),)


def test_what_is_not_a_number_is_left_out() -> None:
    assert indexes.parse("a,1,2-x,3-,²,4", 10) == ((1, 1), (4, 4))


def test_neighbours_become_one_interval() -> None:
    assert indexes.with_indexes(((0, 1), (5, 6)), [2, 3, 4]) == ((0, 6),)
    assert indexes.merge([(4, 4), (0, 2), (1, 3)]) == ((0, 4),)


def test_a_set_knows_its_size_and_its_members() -> None:
    found = indexes.parse("1,3-5", 10)
    assert indexes.total(found) == 4
    assert [index for index in range(7) if indexes.has(found, index)] == [1, 3, 4, 5]


@pytest.mark.parametrize(
    ("one", "two", "count"),
    [("0-9", "2,4-5", 3), ("0-3,8", "3-8", 2), ("0", "1", 0), ("", "0-5", 0)],
)
def test_what_is_in_both(one: str, two: str, count: int) -> None:
    assert indexes.common(indexes.parse(one, 10), indexes.parse(two, 10)) == count
    assert indexes.common(indexes.parse(two, 10), indexes.parse(one, 10)) == count


@pytest.mark.parametrize(
    ("taken", "count", "missing"),
    [
        ("", 2, [0, 1]),
        ("0,1", 2, [2, 3]),
        ("1,3", 3, [0, 2, 4]),
        ("0-3", 5, [4]),
        ("0-4", 1, []),
    ],
)
def test_the_lowest_missing(taken: str, count: int, missing: list[int]) -> None:
    assert indexes.first_missing(indexes.parse(taken, 5), count, 5) == missing


def test_what_lies_beyond_does_not_disturb() -> None:
    assert indexes.first_missing(((7, 9),), 5, 3) == [0, 1, 2]


def test_the_index_of_a_pod_is_its_annotation() -> None:
    assert indexes.completion_index(job_pod("p", index=4)) == 4
    assert indexes.completion_index(job_pod("p")) is None
    assert indexes.completion_index(job_pod("p", annotations={indexes.INDEX_KEY: "-1"})) is None
    assert indexes.valid_index(job_pod("p", index=4), 4) is None
