"""The algebra of field sets agrees with that of sets of paths."""

from __future__ import annotations

from typing import Any

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
    return frozenset(fieldset.members(fields))


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


def test_elements_in_messages() -> None:
    shown = paths.show(("f:spec", 'k:{"port":80,"name":"a"}', 'v:"x"', "i:3"))
    assert shown == '.spec[port=80,name="a"][="x"][3]'


def test_keys_from_outside_are_rewritten() -> None:
    assert paths.normalize({'k:{"b": 1, "a":"x"}': {}, "v: 1": {}}) == {'k:{"a":"x","b":1}': {}, "v:1": {}}
