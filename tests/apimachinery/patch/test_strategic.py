"""Strategic merge patch: keyed lists, primitive lists, every directive, the order of what is merged."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apimachinery.patch import strategic, strategic_order
from wherry.apimachinery.schema.node import Node


def scalar() -> Node:
    return Node("string")


def struct(kind: str, /, **fields: Node) -> Node:
    node = Node("object")
    node.name = f"io.k8s.{kind}"
    node.fields = fields
    return node


def listed(item: Node, merge_key: str = "", *strategy: str) -> Node:
    node = Node("array")
    node.item = item
    node.merge_key = merge_key
    node.merge_strategy = frozenset(strategy)
    return node


def texts() -> Node:
    node = Node("map")
    node.item = scalar()
    return node


ITEM = struct("Item", name=scalar(), image=scalar(), args=listed(scalar()), labels=texts())
ROOT = struct(
    "Thing",
    labels=texts(),
    items=listed(ITEM, "name", "merge"),
    finalizers=listed(scalar(), "", "merge"),
    args=listed(scalar()),
)
DOC = {
    "kind": "Thing",
    "labels": {"a": "1", "b": "2"},
    "items": [{"name": "one", "image": "i:1", "args": ["x"]}, {"name": "two", "image": "i:2"}],
    "finalizers": ["f1", "f2"],
    "args": ["a", "b"],
}


def patched(patch: dict[str, Any], part: str) -> Any:
    return strategic.apply(DOC, patch, ROOT).get(part)


def names(patch: dict[str, Any]) -> list[str]:
    return [item["name"] for item in patched(patch, "items")]


def test_maps_merge_and_null_deletes() -> None:
    assert patched({"labels": {"a": None, "c": "3"}}, "labels") == {"b": "2", "c": "3"}
    assert patched({"labels": None}, "labels") is None


def test_keyed_lists_merge_by_key() -> None:
    out = patched({"items": [{"name": "one", "image": "i:9"}]}, "items")
    assert out == [{"name": "one", "image": "i:9", "args": ["x"]}, {"name": "two", "image": "i:2"}]


def test_new_items_come_first_and_others_keep_their_order() -> None:
    assert names({"items": [{"name": "new"}]}) == ["new", "one", "two"]
    assert names({"items": [{"name": "two"}, {"name": "new"}]}) == ["one", "two", "new"]


def test_other_lists_are_replaced() -> None:
    assert patched({"args": ["c"]}, "args") == ["c"]


def test_the_input_is_not_changed() -> None:
    patch = {"items": [{"name": "one", "$patch": "delete"}], "$setElementOrder/items": [{"name": "two"}]}
    strategic.apply(DOC, patch, ROOT)
    assert len(DOC["items"]) == 2 and "$setElementOrder/items" in patch


def test_items_can_be_deleted_or_the_list_replaced() -> None:
    assert names({"items": [{"name": "one", "$patch": "delete"}]}) == ["two"]
    assert names({"items": [{"$patch": "replace"}, {"name": "solo"}]}) == ["solo"]


def test_maps_can_be_replaced_or_deleted() -> None:
    assert patched({"labels": {"$patch": "replace", "z": "1"}}, "labels") == {"z": "1"}
    assert patched({"labels": {"$patch": "delete"}}, "labels") == {}


def test_primitive_lists_gain_and_lose_items() -> None:
    assert sorted(patched({"finalizers": ["f3", "f1"]}, "finalizers")) == ["f1", "f2", "f3"]
    assert patched({"$deleteFromPrimitiveList/finalizers": ["f1", "none"]}, "finalizers") == ["f2"]


def test_the_order_can_be_set() -> None:
    order = [{"name": "two"}, {"name": "one"}]
    assert names({"$setElementOrder/items": order}) == ["two", "one"]
    new = {"$setElementOrder/items": [{"name": "new"}, {"name": "one"}], "items": [{"name": "new"}]}
    assert names(new) == ["new", "one", "two"]


def test_retain_keys_drops_the_rest() -> None:
    patch = {"items": [{"name": "one", "$retainKeys": ["name", "image"], "image": "i:3"}]}
    assert patched(patch, "items")[0] == {"name": "one", "image": "i:3"}


def test_a_new_value_loses_nulls_and_directives() -> None:
    patch = {"items": [{"name": "new", "image": None, "labels": {"$patch": "replace", "a": "1"}}]}
    assert strategic.apply({}, patch, ROOT)["items"] == [{"name": "new"}]


def test_the_kind_cannot_be_patched() -> None:
    assert patched({"kind": "Other"}, "kind") == "Thing"


@pytest.mark.parametrize(
    ("patch", "code", "message"),
    [
        ({"labels": {"$patch": "no"}}, 500, "unknown patch type: no in map: map[$patch:no]"),
        (
            {"items": [{"name": "one", "$patch": "merge"}]},
            500,
            "merging lists cannot yet be specified in the patch",
        ),
        ({"items": [{"image": "x"}]}, 500, "map: map[image:x] does not contain declared merge key: name"),
        ({"$setElementOrder/items": "one"}, 500, "expected a []interface {}, but received a string"),
        (
            {"items": [{"name": "one", "$retainKeys": ["name"], "image": "x"}]},
            400,
            "invalid patch format of retainKeys",
        ),
        ({"$deleteFromPrimitiveList": ["f1"]}, 400, "invalid patch format of primitive list"),
        ({"finalizers": [["f1"]]}, 500, "list element types are not identical: [[f1 f2] [[f1]]]"),
        (
            {"$setElementOrder/items": [{"name": "one"}], "items": [{"name": "new"}]},
            500,
            "The order in patch list:\n[map[name:new]]\n doesn't match $setElementOrder list:\n"
            "[map[name:one]]\n",
        ),
    ],
)
def test_refusals(patch: Any, code: Any, message: str) -> None:
    with pytest.raises(StatusError) as caught:
        strategic.apply(DOC, patch, ROOT)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_deleting_from_what_is_no_list_of_scalars_merges() -> None:
    assert patched({"$deleteFromPrimitiveList/kind": "Thing"}, "labels") == DOC["labels"]
    assert patched({"$deleteFromPrimitiveList/labels": {"b": None}}, "labels") == {"a": "1"}
    assert patched({"$deleteFromPrimitiveList/labels": "x"}, "labels") == DOC["labels"]
    deleted = patched({"$deleteFromPrimitiveList/items": [{"name": "one", "image": "i:9"}]}, "items")
    assert [item["image"] for item in deleted] == ["i:9", "i:2"]
    assert patched({"$deleteFromPrimitiveList/args": ["a"]}, "args") == ["b"]


def test_items_without_a_key_have_no_order() -> None:
    root = struct("Thing", items=listed(ITEM))
    with pytest.raises(StatusError, match=re.escape("map[name:a] does not contain declared merge key: ")):
        strategic.apply({"items": [{"name": "a"}]}, {"$setElementOrder/items": [], "items": []}, root)


def test_a_field_the_kind_has_not() -> None:
    with pytest.raises(StatusError, match='unable to find api field in struct Thing for the json field "zz"'):
        strategic.apply({"zz": {"a": {}}}, {"zz": {"a": {}}}, ROOT)


def test_bodies() -> None:
    assert strategic.decode(b"null") == ({}, [])
    assert strategic.decode(b'{"a":1,"a":2}')[1] == ['duplicate field "a"']
    with pytest.raises(StatusError) as caught:
        strategic.decode(b"[]")
    assert caught.value.message.startswith("json: cannot unmarshal array into Go value")


LONG = 20_000
SECONDS = 5.0
"""Comparing each with each takes minutes; looking items up, a fraction of a second."""


@pytest.mark.parametrize(
    "patch",
    [
        {"items": [{"name": f"n{i}", "image": "new"} for i in range(LONG)]},
        {"items": [{"name": f"n{i}", "$patch": "delete"} for i in range(LONG)]},
        {"$setElementOrder/items": [{"name": f"n{i}"} for i in reversed(range(LONG))]},
        {"finalizers": [f"f{i}" for i in range(LONG // 2, LONG * 2)]},
        {"$deleteFromPrimitiveList/finalizers": [f"f{i}" for i in range(LONG)]},
    ],
)
def test_long_lists_are_merged_in_one_pass(patch: dict[str, Any]) -> None:
    doc = {"items": [{"name": f"n{i}"} for i in range(LONG)], "finalizers": [f"f{i}" for i in range(LONG)]}
    began = time.monotonic()
    strategic.apply(doc, patch, ROOT)
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize(
    ("items", "left"),
    [
        (["a", "b", "a", "c"], ["a", "b", "c"]),
        (["a", "a", "b", "c", "c"], ["a", "c", "b"]),
        ([1, True, 1.0, 1], [1, True, 1.0]),
        ([], []),
    ],
)
def test_repeated_scalars_give_their_place_to_the_last(items: list[Any], left: list[Any]) -> None:
    found = strategic_order.distinct(items)
    assert found == left
    assert [type(item) for item in found] == [type(item) for item in left]


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        ({"$patch": 1}, "unknown patch type: %!s(int64=1) in map: map[$patch:1]"),
        ({"$setElementOrder/args": None}, "expected a []interface {}, but received a %!s(<nil>)"),
        (
            {"$setElementOrder/args": ["a"], "args": None},
            "expected a []interface {}, but received a %!s(<nil>)",
        ),
    ],
)
def test_directives_of_a_wrong_type(patch: dict[str, Any], why: str) -> None:
    with pytest.raises(StatusError, match=re.escape(why)):
        strategic.apply(DOC, patch, ROOT)
