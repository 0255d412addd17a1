"""Server-side apply: merging, ownership, conflicts, removal."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from wherry.apimachinery.errors import StatusError

from tests.apimachinery.managedfields.kinds import VERSION, an_object, applied, owners, when, written


def spec(obj: Any) -> Any:
    return obj.get("spec")


def refusal(*args: Any, **more: Any) -> StatusError:
    with pytest.raises(StatusError) as caught:
        applied(*args, **more)
    return caught.value


def test_an_applier_owns_what_it_names() -> None:
    obj = applied(None, an_object(size=1, data={"k": "v"}, inner={"a": "1"}, boxes=[{"name": "c"}], tags=[]))
    assert owners(obj) == {
        "a1/Apply": {
            "f:spec": {
                "f:boxes": {'k:{"name":"c"}': {".": {}, "f:name": {}}},
                "f:data": {"f:k": {}},
                "f:inner": {"f:a": {}},
                "f:size": {},
            }
        }
    }


def test_what_is_not_named_stays() -> None:
    live = written(None, an_object(size=1, data={"a": "1"}, boxes=[{"name": "x"}]))
    obj = applied(live, an_object(data={"b": "2"}, boxes=[{"name": "y"}]))
    assert spec(obj) == {"size": 1, "data": {"a": "1", "b": "2"}, "boxes": [{"name": "x"}, {"name": "y"}]}


def test_a_field_no_longer_named_goes() -> None:
    first = applied(None, an_object(size=1, data={"a": "1", "b": "2"}, boxes=[{"name": "x"}, {"name": "y"}]))
    second = applied(first, an_object(data={"a": "1"}, boxes=[{"name": "y"}]), at=1)
    assert spec(second) == {"data": {"a": "1"}, "boxes": [{"name": "y"}]}
    assert applied(second, an_object())["spec"] in ({}, None)


def test_a_field_somebody_else_owns_too_stays() -> None:
    first = applied(None, an_object(size=1, data={"a": "1"}))
    second = applied(first, an_object(data={"a": "1"}), "a2", at=1)
    third = applied(second, an_object(size=1), at=2)
    assert spec(third) == {"size": 1, "data": {"a": "1"}}
    assert owners(third)["a2/Apply"] == {"f:spec": {"f:data": {"f:a": {}}}}


def test_a_struct_that_holds_somebody_elses_field_stays() -> None:
    first = applied(None, an_object(inner={"a": "1"}))
    second = written(first, an_object(inner={"a": "1", "b": "2"}), "u1", 1)
    assert spec(applied(second, an_object(), at=2)) == {"inner": {"b": "2"}}


@pytest.mark.parametrize("config", ({"inner": {}}, {"inner": None}))
def test_a_struct_or_map_that_loses_all_parts_is_empty(config: dict[str, object]) -> None:
    first = applied(None, an_object(inner={"a": "1", "b": "2"}))
    assert spec(applied(first, an_object(**config), at=1)) == {"inner": {}}


def test_an_item_goes_with_the_last_owner_of_the_item_itself() -> None:
    first = applied(None, an_object(boxes=[{"name": "x", "image": "i"}]))
    second = written(first, an_object(boxes=[{"name": "x", "image": "i", "args": ["a"]}]), "u1", 1)
    assert not spec(applied(second, an_object(), at=2))
    shared = applied(second, an_object(boxes=[{"name": "x"}]), "a2", at=2)
    assert spec(applied(shared, an_object(), at=3))["boxes"] == [{"name": "x", "args": ["a"]}]


def test_sharing_a_value_is_no_conflict_and_gets_no_time() -> None:
    first = applied(None, an_object(size=1), at=1)
    second = applied(first, an_object(size=1), "a2", at=2)
    times = {e["manager"]: e.get("time") for e in second["metadata"]["managedFields"]}
    assert times == {"a1": when(1), "a2": None}


def test_one_conflict() -> None:
    error = refusal(applied(None, an_object(size=1)), an_object(size=2), "a2")
    assert (error.code, error.reason) == (409, "Conflict")
    assert error.message == 'Apply failed with 1 conflict: conflict with "a1": .spec.size'
    assert error.details == {
        "causes": [{"reason": "FieldManagerConflict", "message": 'conflict with "a1"', "field": ".spec.size"}]
    }


def test_several_conflicts_are_grouped_by_manager() -> None:
    live = applied(None, an_object(size=1, boxes=[{"name": "c", "image": "i"}]))
    live = written(live, {**an_object(**spec(live)), "status": {"phase": "x"}}, "u1", 1, subresource="status")
    patch = {**an_object(size=2, boxes=[{"name": "c", "image": "j"}]), "status": {"phase": "y"}}
    assert refusal(live, patch, "a2").message == (
        'Apply failed with 3 conflicts: conflicts with "a1":\n- .spec.size\n- .spec.boxes[name="c"].image\n'
        'conflicts with "u1" with subresource "status" using test.io/v1:\n- .status.phase'
    )


def test_force_takes_the_field() -> None:
    obj = applied(applied(None, an_object(size=1, args=["x"])), an_object(size=2), "a2", force=True)
    assert spec(obj) == {"size": 2, "args": ["x"]}
    assert owners(obj) == {
        "a1/Apply": {"f:spec": {"f:args": {}}},
        "a2/Apply": {"f:spec": {"f:size": {}}},
    }


def test_an_untracked_object_gets_an_owner_first() -> None:
    live = an_object(size=1, args=["x"])
    error = refusal(live, an_object(size=2))
    assert error.message == (
        'Apply failed with 1 conflict: conflict with "before-first-apply" using test.io/v1: .spec.size'
    )
    assert set(owners(applied(live, an_object(size=1)))) == {"a1/Apply", "before-first-apply/Update"}


def test_leaves_are_replaced_as_a_whole() -> None:
    live = applied(None, an_object(args=["a", "b"], selector={"x": "1", "y": "2"}))
    obj = applied(live, an_object(args=["c"], selector={"z": "3"}), at=1)
    assert spec(obj) == {"args": ["c"], "selector": {"z": "3"}}


@pytest.mark.parametrize(
    ("live", "config", "merged"),
    [
        ("abc", "x", "abcx"),
        ("abc", "ca", "bca"),
        ("abc", "xb", "axbc"),
        ("abc", "cxa", "bcxa"),
        ("ab", "ba", "ba"),
        ("", "ba", "ba"),
    ],
)
def test_the_order_of_merged_lists(live: Any, config: Any, merged: Any) -> None:
    before = written(None, an_object(tags=list(live)))
    assert "".join(spec(applied(before, an_object(tags=list(config))))["tags"]) == merged


@pytest.mark.parametrize(
    ("patch", "problem"),
    [
        ({"spec": {"nope": 1}}, ".spec.nope: field not declared in schema"),
        ({"spec": {"size": "x"}}, ".spec.size: expected numeric (int or float), got string"),
        (
            {"spec": {"data": {"k": True}}},
            ".spec.data.k: expected string, got &value.valueUnstructured{Value:true}",
        ),
        ({"spec": {"data": "x"}}, ".spec.data: expected map, got &{x}"),
        ({"spec": {"args": {"a": 1}}}, ".spec.args: expected list, got &{map[a:1]}"),
        ({"spec": {"tags": ["a", "a"]}}, '.spec.tags: duplicate entries for key [="a"]'),
        (
            {"spec": {"boxes": [{"image": "i"}]}},
            ".spec.boxes: element 0: associative list with keys has an element that omits all key fields "
            '["name"] (and doesn\'t have default values for any key fields)',
        ),
    ],
)
def test_a_patch_that_does_not_fit_the_schema(patch: Any, problem: Any) -> None:
    error = refusal(None, {**an_object(), **patch})
    assert (error.code, error.reason) == (500, "")
    assert error.message == f"failed to create typed patch object (/o; test.io/v1, Kind=Thing): {problem}"


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ({"apiVersion": VERSION, "kind": "Other"}, "invalid object type: test.io/v1, Kind=Other"),
        ({"apiVersion": "v1"}, "invalid object type: /v1, Kind="),
        ({}, "invalid object type: /, Kind="),
        ({"apiVersion": "a/b/c", "kind": "Thing"}, "invalid object type: /, Kind="),
        ({**an_object(), "metadata": {"managedFields": []}}, "metadata.managedFields must be nil"),
    ],
)
def test_a_patch_of_another_kind(patch: Any, message: str) -> None:
    error = refusal(None, patch)
    assert (error.code, error.message) == (400, message)


def test_what_the_strategy_resets_is_not_owned() -> None:
    patch = {**an_object(size=1), "status": {"phase": "x"}}
    assert owners(applied(None, patch, reset=[("status",)])) == {"a1/Apply": {"f:spec": {"f:size": {}}}}


def last_applied(**fields: Any) -> dict[str, str]:
    config = {"apiVersion": VERSION, "kind": "Thing", "metadata": {"name": "o"}, "spec": fields}
    return {"kubectl.kubernetes.io/last-applied-configuration": orjson.dumps(config).decode() + "\n"}


def test_kubectl_takes_over_from_its_client_side_apply() -> None:
    live = an_object(size=1, data={"k": "v"})
    live["metadata"]["annotations"] = last_applied(size=1)
    live = written(None, live, "kubectl-client-side-apply")
    obj = applied(live, an_object(size=2), "kubectl", at=1)
    assert spec(obj)["size"] == 2
    annotation = next(iter(obj["metadata"]["annotations"].values()))
    assert orjson.loads(annotation)["spec"] == {"size": 2}
    assert "conflict" in refusal(live, an_object(size=2), "a1").message


def test_kubectl_still_conflicts_over_what_was_changed_since() -> None:
    live = an_object(size=1)
    live["metadata"]["annotations"] = last_applied(size=5)
    live = written(None, live, "kubectl-client-side-apply")
    assert refusal(live, an_object(size=2), "kubectl").code == 409


def test_the_arguments_are_not_changed() -> None:
    live = applied(None, an_object(size=1, boxes=[{"name": "a"}]))
    patch = an_object(boxes=[{"name": "b"}])
    before = repr((live, patch))
    applied(live, patch, at=1)
    assert repr((live, patch)) == before
