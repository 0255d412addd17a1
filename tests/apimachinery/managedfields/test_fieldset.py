"""The algebra of field sets agrees with that of sets of paths."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wherry.apimachinery.managedfields import fieldset, paths

ELEMENTS = st.sampled_from(["f:a", "f:b", 'k:{"n":"x"}', 'v:"y"'])
PATHS = st.lists(ELEMENTS, min_size=1, max_size=3).map(tuple)
SETS = st.frozensets(PATHS, max_size=6)


def build(members: Any) -> fieldset.Fields:
    out: fieldset.Fields = {}
    for path in members:
        out = fieldset.union(out, fieldset.single(path))
    return out


def flat(fields: Any) -> frozenset[Any]:
    return frozenset(fieldset.members(fields, paths.order))


@given(SETS)
def test_members(members: Any) -> None:
    assert flat(build(members)) == members


@given(SETS, SETS)
def test_union_difference_intersection(left: Any, right: Any) -> None:
    a, b = build(left), build(right)
    before = repr((a, b))
    assert flat(fieldset.union(a, b)) == left | right
    assert flat(fieldset.difference(a, b)) == left - right
    assert flat(fieldset.intersection(a, b)) == left & right
    assert repr((a, b)) == before


@given(SETS, PATHS)
def test_a_subtree_can_be_cut_off(members: Any, path: Any) -> None:
    rest = fieldset.without(build(members), path)
    assert flat(rest) == {m for m in members if m[: len(path)] != path}


@given(SETS, PATHS)
def test_membership(members: Any, path: Any) -> None:
    assert fieldset.contains(build(members), path) == (path in members)


@given(SETS)
def test_sets_from_outside_come_out_canonical(members: Any) -> None:
    assert flat(paths.normalize(build(members))) == members


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({".": {}, "f:a": {".": {}}}, {"f:a": {}}),
        ({"x:a": {"f:b": 1}, "f:a": {"y:": {}}}, {"f:a": {}}),
        ({"f:a": None}, {"f:a": {}}),
        ({'k:{"b":1, "a":2}': {}, "i:01": {}}, {'k:{"a":2,"b":1}': {}, "i:1": {}}),
    ],
)
def test_sets_from_outside_lose_what_means_nothing(given: Any, taken: Any) -> None:
    assert paths.normalize(given) == taken


@pytest.mark.parametrize(
    "given", ["x", {"f:a": 1}, {"": {}}, {"a": {}}, {"v:{": {}}, {"k:[]": {}}, {"i:x": {}}]
)
def test_what_is_no_set(given: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        paths.normalize(given)


def test_the_order_of_elements() -> None:
    ordered = ["f:b", 'k:{"a":9}', 'k:{"a":10}', 'k:{"a":"1"}', 'k:{"b":1}', "v:2", 'v:"1"', "v:true", "i:0"]
    assert sorted(sorted(ordered), key=paths.order) == ordered


def test_elements_in_messages() -> None:
    shown = paths.show(("f:spec", 'k:{"port":80,"name":"a"}', 'v:"x"', "i:3"))
    assert shown == '.spec[port=80,name="a"][="x"][3]'


def test_keys_from_outside_are_rewritten() -> None:
    assert paths.normalize({'k:{"b": 1, "a":"x"}': {}, "v: 1": {}}) == {'k:{"a":"x","b":1}': {}, "v:1": {}}
