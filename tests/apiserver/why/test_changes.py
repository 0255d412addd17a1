"""What a write changed: paths, before and after."""

from __future__ import annotations

from typing import Any

from wherry.apiserver.storage.change import Change
from wherry.apiserver.storage.entry import Entry
from wherry.apiserver.why.changes import MOST, changes, kind_of


def entry(obj: Any) -> Entry:
    return Entry("k", obj, b"", 1)


def changed(old: Any, new: Any, **more: Any) -> list[tuple[Any, ...]]:
    found = changes(Change("k", 2, entry(new), entry(old)), **more)
    return [(c["path"], c.get("from"), c.get("to")) for c in found]


def test_a_field_has_a_path_and_two_values() -> None:
    assert changed({"spec": {"replicas": 1}}, {"spec": {"replicas": 3}}) == [("spec.replicas", 1, 3)]


def test_what_comes_and_goes_has_one() -> None:
    assert changed({"a": 1}, {"b": {"c": 2}}) == [("a", 1, None), ("b", None, "{…}")]


def test_elements_are_known_by_their_names() -> None:
    old = {"conditions": [{"type": "Ready", "status": "False"}, {"type": "Old", "status": "True"}]}
    new = {"conditions": [{"type": "Ready", "status": "True"}, {"type": "New", "status": "False"}]}
    assert changed(old, new) == [
        ("conditions[New]", None, "False"),
        ("conditions[Old]", "True", None),
        ("conditions[Ready].status", "False", "True"),
    ]


def test_a_new_list_is_told_by_its_elements() -> None:
    new = {"conditions": [{"type": "PodScheduled", "status": "False"}]}
    assert changed({}, new) == [("conditions[PodScheduled]", None, "False")]


def test_others_by_their_place() -> None:
    assert changed({"args": ["a", "b"]}, {"args": ["a", "c"]}) == [("args[1]", "b", "c")]


def test_bookkeeping_and_times_do_not_count() -> None:
    old = {"metadata": {"resourceVersion": "1", "managedFields": []}, "lastProbeTime": "1"}
    new = {"metadata": {"resourceVersion": "2", "managedFields": [1]}, "lastProbeTime": "2"}
    assert changed(old, new) == []


def test_secrets_are_not_told() -> None:
    assert changed({"data": {"a": "x"}}, {"data": {"a": "y"}}, secret=True) == [("data.a", None, None)]


def test_much_is_cut() -> None:
    assert len(changed({}, {str(n): n for n in range(50)})) == MOST
    ((_, _, text),) = changed({}, {"a": "x" * 999})
    assert len(text) < 200


def test_the_kind_of_a_write() -> None:
    one = entry({})
    kinds = [kind_of(Change("k", 1, new, old)) for new, old in ((one, None), (one, one), (None, one))]
    assert kinds == ["created", "changed", "deleted"]
    assert changes(Change("k", 1, one, None)) == []
