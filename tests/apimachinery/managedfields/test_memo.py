"""What is remembered of big parts changes no outcome."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apimachinery.managedfields import memo

from tests.apimachinery.managedfields.kinds import an_object, applied, owners

BIG = {f"key-{i}": "v" * 20 for i in range(20)}


def test_a_part_seen_before_is_owned_as_it_was() -> None:
    first = applied(None, an_object(data=BIG, size=1))
    assert owners(applied(None, an_object(data=BIG, size=1))) == owners(first)
    assert "f:size" in owners(first)["a1/Apply"]["f:spec"]


def test_a_big_part_that_does_not_fit_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(StatusError, match=r"\.spec\.nope: field not declared in schema"):
            applied(None, an_object(data=BIG, nope=1))


def test_removing_something_from_a_big_part_is_seen() -> None:
    live = applied(None, an_object(data=BIG, size=1))
    fewer = {name: value for name, value in BIG.items() if name != "key-3"}
    assert "key-3" not in applied(live, an_object(data=fewer, size=1))["spec"]["data"]


def test_a_full_memo_begins_anew() -> None:
    found: memo.Memo[int] = memo.Memo()
    shape: Any = object()
    for number in range(memo.LIMIT):
        found.put((shape, "spec", str(number).encode()), number)
    found.put((shape, "spec", b"new"), 1)
    assert found.get((shape, "spec", b"0")) is None
    assert found.get((shape, "spec", b"new")) == 1
