"""JSON patch as the API applies it."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apimachinery.patch import json_patch

DOC: dict[str, Any] = {"data": {"a": "1", "x/y": "s", "t~": "t"}, "list": [1, 2, 3]}


def op(kind: str, path: str, *value: Any, **more: Any) -> Any:
    return {"op": kind, "path": path, **({"value": value[0]} if value else {}), **more}


@pytest.mark.parametrize(
    ("operation", "part", "result"),
    [
        (op("add", "/data/b", "2"), "data", {**DOC["data"], "b": "2"}),
        (op("add", "/list/0", 0), "list", [0, 1, 2, 3]),
        (op("add", "/list/-", 4), "list", [1, 2, 3, 4]),
        (op("add", "/list/-1", 4), "list", [1, 2, 3, 4]),
        (op("replace", "/data/x~1y", "n"), "data", {**DOC["data"], "x/y": "n"}),
        (op("replace", "/data/t~0", "n"), "data", {**DOC["data"], "t~": "n"}),
        (op("replace", "/data/new", "n"), "data", {**DOC["data"], "new": "n"}),
        (op("replace", "/list/-1", 9), "list", [1, 2, 9]),
        (op("remove", "/list/1"), "list", [1, 3]),
        (op("move", "/list/0", **{"from": "/list/2"}), "list", [3, 1, 2]),
        (op("copy", "/data/c", **{"from": "/data/a"}), "data", {**DOC["data"], "c": "1"}),
        (op("test", "/data/a", "1"), "data", DOC["data"]),
        (op("test", "/data/none", None), "data", DOC["data"]),
    ],
)
def test_operations(operation: Any, part: Any, result: Any) -> None:
    assert json_patch.apply(DOC, [operation])[part] == result
    assert DOC["list"] == [1, 2, 3]


@pytest.mark.parametrize(
    "operation",
    [
        op("add", "/none/b", 1),
        op("add", "/list/5", 1),
        op("add", "/list/x", 1),
        op("add", "", 1),
        op("replace", "/list/-", 1),
        op("replace", "", "text"),
        op("remove", "/data/none"),
        op("remove", "/list/3"),
        op("move", "/data/c", **{"from": "/data/none"}),
        op("move", "/data/c"),
        op("test", "/data/a", 1),
        op("test", "/list", [1, 2, True]),
        op("zap", "/data/a"),
        {"path": "/data/a"},
        {"op": "add", "value": 1},
        None,
    ],
)
def test_operations_that_do_not_fit(operation: Any) -> None:
    with pytest.raises(StatusError) as caught:
        json_patch.apply(DOC, [op("remove", "/data/a"), op("add", "/data/a", "1"), operation])
    assert (caught.value.code, caught.value.reason, caught.value.details) == (422, "Invalid", {})
    assert caught.value.message == "the server rejected our request due to an error in our request"


def test_the_whole_document_can_be_replaced_and_tested() -> None:
    assert json_patch.apply(DOC, [op("test", "", DOC), op("replace", "", {"n": 1})]) == {"n": 1}


def test_copies_are_bounded() -> None:
    big = {"a": "x" * 1_000_000}
    copies = [op("copy", f"/{i}", **{"from": "/a"}) for i in range(4)]
    with pytest.raises(StatusError):
        json_patch.apply(big, copies)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{}", "json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"),
        (b'["a"]', "json: cannot unmarshal string into Go value of type handlers.jsonPatchOp"),
        (
            b'[{"path":5}]',
            "json: cannot unmarshal number into Go struct field jsonPatchOp.path of type string",
        ),
        (b"hello", "invalid character 'h' looking for beginning of value"),
    ],
)
def test_bodies_that_are_no_patch(body: Any, message: str) -> None:
    with pytest.raises(StatusError) as caught:
        json_patch.decode(body)
    assert (caught.value.code, caught.value.message) == (400, f"error decoding patch: {message}")


def test_fields_of_operations_are_checked_unless_ignored() -> None:
    body = b'[{"op":"add","op":"test","path":"/a","extra":1}]'
    assert json_patch.decode(body)[1] == [
        'json patch duplicate field "[0].op"',
        'json patch unknown field "[0].extra"',
    ]
    assert json_patch.decode(body, strict=False)[1] == []


def test_too_many_operations() -> None:
    with pytest.raises(StatusError) as caught:
        json_patch.decode(b"[" + b",".join([b"{}"] * 10_001) + b"]")
    assert caught.value.code == 413


def test_what_the_operations_reached_into() -> None:
    operations: list[json_patch.Operation] = [
        {"op": "replace", "path": "/spec/items/0/name", "value": "x"},
        {"op": "add", "path": "/status", "value": {}},
        {"op": "move", "from": "/data/a~1b/c", "path": "/metadata/labels/d"},
    ]
    assert json_patch.touched(operations) == {
        "spec": {"items": {"0": {}}},
        "data": {"a/b": {}},
        "metadata": {"labels": {}},
    }


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (
            {"op": "add", "path": "/c/5", "value": 1},
            "error in add for path: '/c/5': Unable to access invalid index: 5: invalid index referenced",
        ),
        (
            {"op": "add", "path": "/c/x", "value": 1},
            "error in add for path: '/c/x': value was not a proper array index: 'x': strconv.Atoi: parsing "
            '"x": invalid syntax',
        ),
        (
            {"op": "add", "path": "/n/a", "value": 1},
            'add operation does not apply: doc is missing path: "/n/a": missing value',
        ),
        (
            {"op": "remove", "path": "/n"},
            "error in remove for path: '/n': Unable to remove nonexistent key: n: missing value",
        ),
        (
            {"op": "replace", "path": "/c/5", "value": 1},
            "replace operation does not apply: doc is missing key: /c/5: missing value",
        ),
        (
            {"op": "move", "from": "/n/a", "path": "/b"},
            "move operation does not apply: doc is missing from path: /n/a: missing value",
        ),
        (
            {"op": "copy", "from": "/a", "path": "/n/a"},
            "copy operation does not apply: doc is missing destination path: /n/a: missing value",
        ),
        (
            {"op": "test", "path": "/n/a", "value": 1},
            "test operation does not apply: is missing path: /n/a: missing value",
        ),
        ({"op": "test", "path": "/a", "value": 2}, "testing value /a failed: test failed"),
        ({"op": "turn", "path": "/a"}, "Unexpected kind: turn"),
        ({"op": "", "path": "/a"}, "Unexpected kind: "),
        ({"path": "/a"}, "Unexpected kind: unknown"),
    ],
)
def test_what_does_not_fit_is_said_in_the_librarys_words(operation: dict[str, Any], why: str) -> None:
    with pytest.raises(json_patch.Mismatch) as caught:
        json_patch.perform({"a": 1, "c": []}, [operation])
    assert str(caught.value) == why
