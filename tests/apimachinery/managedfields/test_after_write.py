"""Who owns what after creates, updates and patches."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery import managedfields

from tests.apimachinery.managedfields.kinds import THING, VERSION, an_object, owners, when, written


def test_a_creator_owns_what_it_sets() -> None:
    obj = written(None, an_object(size=1, data={"k": "v"}, inner={"a": "1"}, args=["x"], selector={"s": "1"}))
    assert owners(obj) == {
        "u1/Update": {
            "f:spec": {
                "f:args": {},
                "f:data": {".": {}, "f:k": {}},
                "f:inner": {".": {}, "f:a": {}},
                "f:selector": {},
                "f:size": {},
            }
        }
    }


def test_an_entry_says_who_when_and_how() -> None:
    entry = written(None, an_object(size=1), at=7)["metadata"]["managedFields"][0]
    assert entry == {
        "manager": "u1",
        "operation": "Update",
        "apiVersion": VERSION,
        "time": when(7),
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": {"f:size": {}}},
    }


def test_items_of_keyed_lists_are_owned_by_key() -> None:
    spec = owners(written(None, an_object(ports=[{"port": 80}], boxes=[{"name": "c", "image": "i"}])))
    assert spec["u1/Update"]["f:spec"] == {
        "f:boxes": {'k:{"name":"c"}': {".": {}, "f:image": {}, "f:name": {}}},
        "f:ports": {".": {}, 'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}}},
    }


def test_items_of_sets_are_owned_by_value() -> None:
    spec = owners(written(None, an_object(tags=["b", "a<"])))["u1/Update"]["f:spec"]
    assert list(spec["f:tags"]) == [".", 'v:"a\\u003c"', 'v:"b"']


def test_what_says_which_object_it_is_belongs_to_nobody() -> None:
    obj = an_object()
    obj["metadata"] |= {"uid": "1", "resourceVersion": "2", "namespace": "n", "labels": {"l": "1"}}
    assert owners(written(None, obj)) == {"u1/Update": {"f:metadata": {"f:labels": {".": {}, "f:l": {}}}}}


def test_a_change_moves_a_field_to_who_changed_it() -> None:
    first = written(None, an_object(size=1, data={"a": "1", "b": "2"}))
    second = written(first, an_object(size=2, data={"a": "1", "b": "2", "c": "3"}), "u2", 1)
    assert owners(second) == {
        "u1/Update": {"f:spec": {"f:data": {".": {}, "f:a": {}, "f:b": {}}}},
        "u2/Update": {"f:spec": {"f:data": {"f:c": {}}, "f:size": {}}},
    }


def test_a_removed_field_has_no_owner_left() -> None:
    first = written(None, an_object(size=1, boxes=[{"name": "a"}, {"name": "b"}]))
    second = written(first, an_object(size=1, boxes=[{"name": "b"}]), "u2", 1)
    assert owners(second) == {
        "u1/Update": {"f:spec": {"f:boxes": {'k:{"name":"b"}': {".": {}, "f:name": {}}}, "f:size": {}}}
    }


def test_the_time_changes_only_with_something_owned() -> None:
    first = written(None, an_object(size=1), at=1)
    same = written(first, an_object(size=1), at=5)
    other = written(same, an_object(size=2), at=9)
    assert same["metadata"]["managedFields"] == first["metadata"]["managedFields"]
    assert other["metadata"]["managedFields"][0]["time"] == when(9)


def test_subresources_have_entries_of_their_own() -> None:
    first = written(None, an_object(size=1), reset=[("status",)])
    second = written(
        first, {**an_object(size=9), "status": {"phase": "up"}}, subresource="status", reset=[("spec",)]
    )
    by_subresource = {e.get("subresource"): e["fieldsV1"] for e in second["metadata"]["managedFields"]}
    assert by_subresource == {None: {"f:spec": {"f:size": {}}}, "status": {"f:status": {"f:phase": {}}}}


def test_what_a_strategy_resets_is_not_owned() -> None:
    obj = {**an_object(size=1), "status": {"phase": "up"}}
    assert owners(written(None, obj, reset=[("status",)])) == {"u1/Update": {"f:spec": {"f:size": {}}}}


def test_equal_sets_of_fields_are_one_in_memory_and_stay_as_they_are() -> None:
    first, second = (written(None, an_object(size=size)) for size in (1, 2))
    fields = first["metadata"]["managedFields"][0]["fieldsV1"]
    assert fields is second["metadata"]["managedFields"][0]["fieldsV1"]
    written(written(first, an_object(size=3, args=["x"]), "u2"), an_object(size=4), "u1")
    assert fields == {"f:spec": {"f:size": {}}}


def test_entries_are_ordered() -> None:
    obj = written(None, an_object(size=1), "z", 1)
    obj = written(obj, an_object(size=1, args=["x"]), "b", 3)
    obj = written(obj, an_object(size=1, args=["x"], data={"k": "v"}), "a", 3)
    assert [e["manager"] for e in obj["metadata"]["managedFields"]] == ["z", "a", "b"]


def test_old_updaters_are_merged_when_there_are_too_many() -> None:
    obj = written(None, an_object(data={"k": "v"}), "m0")
    for i in range(1, 12):
        data = {"k": "v"} | {f"k{j}": "v" for j in range(i)}
        obj = written(obj, an_object(data=data), f"m{i}", i)
    entries = obj["metadata"]["managedFields"]
    assert len(entries) == 10
    assert entries[0]["manager"] == "ancient-changes" and entries[0]["time"] == when(2)
    assert entries[0]["fieldsV1"] == {"f:spec": {"f:data": {".": {}, "f:k": {}, "f:k0": {}, "f:k1": {}}}}


def test_a_request_can_replace_the_owners() -> None:
    first = written(None, an_object(size=1))
    mine = [
        {
            "manager": "m",
            "operation": "Apply",
            "apiVersion": VERSION,
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:spec": {"f:size": {}}},
        }
    ]
    assert written(first, an_object(size=1), requested=mine)["metadata"]["managedFields"] == mine


def test_malformed_owners_are_ignored() -> None:
    first = written(None, an_object(size=1))
    wrong = [{"manager": "m", "operation": "Grab", "apiVersion": VERSION, "fieldsType": "FieldsV1"}]
    second = written(first, an_object(size=1), requested=wrong)
    assert second["metadata"]["managedFields"] == first["metadata"]["managedFields"]


def test_an_owner_of_parts_of_what_is_whole_owns_all_of_it() -> None:
    told = [
        entry(VERSION, {"f:spec": {"f:selector": {"f:a": {}}, "f:args": {"i:0": {}}, "f:data": {"f:a": {}}}})
    ]
    obj = written(written(None, an_object(size=1)), an_object(size=1), requested=told)
    assert owners(obj)["m/Apply"] == {"f:spec": {"f:selector": {}, "f:args": {}, "f:data": {"f:a": {}}}}


def test_a_request_that_tells_other_times_only_changes_nothing() -> None:
    first = written(None, an_object(size=1), at=3)
    told = [{**entry, "time": when(9)} for entry in first["metadata"]["managedFields"]]
    assert written(first, an_object(size=1), requested=told) == first
    assert written(first, an_object(size=2), requested=told, manager="u1", at=5) != first


def test_owners_are_reconciled_with_a_schema_that_changed() -> None:
    live = {
        **an_object(),
        "metadata": {"managedFields": [entry(VERSION, {"f:spec": {"f:args": {"i:0": {}}}})]},
    }
    assert owners(written(live, an_object(), doubtful=True)) == {"m/Apply": {"f:spec": {"f:args": {}}}}


@pytest.mark.parametrize("boxes", [[{"image": "i"}], [None], ["x"]])
def test_an_object_with_items_that_cannot_be_told_apart_has_no_owners(boxes: list[Any]) -> None:
    first = written(None, an_object(size=1))
    assert written(None, an_object(boxes=boxes))["metadata"]["managedFields"] == []
    assert written(first, an_object(boxes=boxes))["metadata"]["managedFields"] == []


def test_an_object_that_does_not_fit_its_schema_has_no_owners_where_that_is_doubted() -> None:
    first = written(None, an_object(size="big"))
    assert written(first, an_object(size="big", args=[]), doubtful=True)["metadata"]["managedFields"] == []


def entry(api_version: str, fields: Any, manager: str = "m") -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": "Apply",
        "apiVersion": api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }


@pytest.mark.parametrize("version", ["test.io/v2", "other.io/v1"])
def test_owners_of_versions_that_are_not_served_own_nothing(version: str) -> None:
    told = [entry(version, {"f:spec": {"f:size": {}}})]
    assert written(written(None, an_object()), an_object(), requested=told)["metadata"]["managedFields"] == []


def test_duplicates_in_another_owners_version_lose_all_owners() -> None:
    first = written(None, an_object(args=["x"]), api_version="test.io/v2")

    def convert(obj: Any, version: str) -> Any:
        return {**obj, "spec": {"tags": obj["spec"]["args"]}}, THING

    assert written(first, an_object(args=["x", "y"]), "u2", convert=convert)["metadata"]["managedFields"]
    assert not written(first, an_object(args=["x", "x"]), "u2", convert=convert)["metadata"]["managedFields"]


def test_owners_of_impossible_versions_take_all_others_with_them() -> None:
    told = [entry("a/b/c", {"f:spec": {"f:size": {}}}), entry(VERSION, {"f:spec": {"f:args": {}}}, "n")]
    assert written(written(None, an_object()), an_object(), requested=told)["metadata"]["managedFields"] == []


def test_empty_lists_forget_all_owners_and_nothing_is_tracked_then() -> None:
    first = written(None, an_object(size=1))
    forms: list[list[dict[str, Any]]] = [[], [{}]]
    for nothing in forms:
        assert written(first, an_object(size=2), requested=nothing)["metadata"]["managedFields"] == []
    untracked = {**first, "metadata": {"name": "o"}}
    assert written(untracked, an_object(size=3))["metadata"]["managedFields"] == []


def test_owners_of_other_versions_see_their_own_version() -> None:
    first = written(None, an_object(size=1, args=["x"]), api_version="test.io/v2")
    second = an_object(size=2, args=["x"])
    kept = written(first, second, "u2", convert=lambda obj, version: (obj, THING))
    assert set(owners(kept)) == {"u1/Update", "u2/Update"}
    gone = written(first, second, "u2", convert=lambda obj, version: None)
    assert set(owners(gone)) == {"u2/Update"}


def test_without_a_schema_lists_are_whole_and_maps_are_not() -> None:
    obj = {**an_object(), "spec": {"m": {"a": [1, 2]}, "n": 1}}
    assert owners(written(None, obj, node=None)) == {
        "u1/Update": {"f:spec": {".": {}, "f:m": {".": {}, "f:a": {}}, "f:n": {}}}
    }


def test_equal_parts_of_different_objects_are_remembered_apart() -> None:
    long = {f"key-{i}": "v" * 20 for i in range(20)}
    one = written(None, an_object(data=long))
    two = written(None, an_object(data=long))
    other = written(None, an_object(data=long | {"key-0": "w"}, size=1))
    assert owners(one) == owners(two)
    assert "f:size" in owners(other)["u1/Update"]["f:spec"]


def test_managers_come_from_the_user_agent() -> None:
    assert managedfields.user_agent_manager("kubectl/v1.36 (linux)") == "kubectl"
    assert managedfields.user_agent_manager("a\x01b") == "ab"
    assert managedfields.user_agent_manager("u" * 200) == "u" * 128
    assert written(None, an_object(size=1), "")["metadata"]["managedFields"][0]["manager"] == "unknown"


def test_the_arguments_are_not_changed() -> None:
    live = written(None, an_object(size=1, data={"a": "1"}))
    before = repr(live)
    written(live, an_object(size=2), "u2", 1)
    assert repr(live) == before
    assert THING.presence == {"metadata": {}, "spec": {"boxes": None}, "status": {}}
