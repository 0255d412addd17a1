"""Objects become the bytes that Go's generated marshallers write, and come back the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wherry.apimachinery.protobuf import (
    MAGIC,
    NotMarshalableError,
    decode,
    encode,
    listing,
    raw,
    table,
    watch_frame,
)
from wherry.apimachinery.protobuf.compile import empty, encoder
from wherry.apimachinery.schema import facts
from wherry.apimachinery.schema.registry import builtin

from . import official
from .encode import entry, number, sized

Object = dict[str, Any]
EMPTY_META = sized(1, "") + b"".join(sized(n, "") for n in (2, 3, 4, 5, 6)) + number(7, 0) + sized(8, "")


def config_map(**fields: Any) -> Object:
    return {"kind": "ConfigMap", "apiVersion": "v1", **fields}


def test_the_status_of_a_real_server() -> None:
    """What kube-apiserver 1.36.2 answers to somebody who wants a custom resource in protobuf."""
    media = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
    message = f"only the following media types are accepted: {media}"
    status = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": "NotAcceptable",
        "code": 406,
    }
    shown = (
        b"k8s\x00\n\x0c\n\x02v1\x12\x06Status\x12\x99\x01\n\x06\n\x00\x12\x00\x1a\x00\x12\x07Failure\x1at"
        + message.encode()
        + b'"\rNotAcceptable0\x96\x03\x1a\x00"\x00'
    )
    assert encode(status) == shown


def test_what_is_no_pointer_is_always_written() -> None:
    assert raw(config_map()) == sized(1, EMPTY_META)
    assert empty("core.v1.SecurityContext") == b""
    assert empty("core.v1.KeyToPath") == sized(1, "") + sized(2, "")


def test_a_pointer_is_written_when_it_is_set() -> None:
    assert raw(config_map(immutable=False)) == sized(1, EMPTY_META) + number(4, 0)


def test_map_keys_are_sorted() -> None:
    wanted = sized(1, EMPTY_META) + entry(2, "a", "2") + entry(2, "b", "1")
    assert raw(config_map(data={"b": "1", "a": "2"})) == wanted


@pytest.mark.parametrize(
    ("message", "value", "data"),
    [
        ("resource.Quantity", "500m", sized(1, "500m")),
        ("resource.Quantity", None, sized(1, "0")),
        ("intstr.IntOrString", 80, number(1, 0) + number(2, 80) + sized(3, "")),
        ("intstr.IntOrString", "http", number(1, 1) + number(2, 0) + sized(3, "http")),
        ("meta.v1.Time", "2026-01-01T00:00:00Z", number(1, 1767225600) + number(2, 0)),
        ("meta.v1.Time", "1969-12-31T23:59:59Z", number(1, -1) + number(2, 0)),
        ("meta.v1.Time", None, b""),
        (
            "meta.v1.MicroTime",
            "2026-01-01T00:00:00.000007Z",
            number(1, 1767225600) + number(2, 7000),
        ),
        ("meta.v1.Duration", "1h0m0s", number(1, 3600 * 10**9)),
        ("meta.v1.FieldsV1", {"f:a": {}}, sized(1, '{"f:a":{}}')),
        ("runtime.RawExtension", None, b""),
        ("apiextensions.v1.JSON", 0, sized(1, "0")),
        ("apiextensions.v1.JSONSchemaPropsOrBool", False, number(1, 0)),
        ("apiextensions.v1.JSONSchemaPropsOrStringArray", ["a"], sized(2, "a")),
        ("authorization.v1.ExtraValue", ["a", "b"], sized(1, "a") + sized(1, "b")),
    ],
)
def test_what_json_writes_otherwise(message: str, value: Any, data: bytes) -> None:
    assert encoder(message)(value) == data


def test_bytes_are_bytes() -> None:
    secret = raw({"kind": "Secret", "apiVersion": "v1", "data": {"k": "AAE=", "none": None, "empty": ""}})
    assert entry(2, "k", b"\0\1") in secret
    assert entry(2, "empty", b"") in secret
    assert sized(2, sized(1, "none")) in secret


def test_a_list_of_encoded_items() -> None:
    items = [config_map(metadata={"name": name}) for name in ("a", "b")]
    meta = {"resourceVersion": "7"}
    whole = {"kind": "ConfigMapList", "apiVersion": "v1", "metadata": meta, "items": items}
    assert listing("v1", "ConfigMapList", meta, [raw(item) for item in items]) == encode(whole)


def test_a_watch_event_stands_behind_its_length() -> None:
    frame = watch_frame("ADDED", encode(config_map(metadata={"name": "a"})))
    event, kind, obj = official.event(frame)
    assert (event, kind, official.value(obj, "metadata.name")) == ("ADDED", "ConfigMap", "a")


@pytest.mark.parametrize(
    ("api_version", "kind", "go_type"),
    [("meta.k8s.io/v1", "Table", "*v1.Table"), ("a.example.com/v1", "A", "*unstructured.Unstructured")],
)
def test_kinds_without_a_message(api_version: str, kind: str, go_type: str) -> None:
    with pytest.raises(NotMarshalableError) as refused:
        encode({"kind": kind, "apiVersion": api_version})
    assert str(refused.value).startswith(f"object {go_type} does not implement the protobuf marshalling")


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
JSON = st.dictionaries(TEXT, st.integers(0, 9), max_size=2)
INT32 = st.integers(-(2**31), 2**31 - 1)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "resource.Quantity": st.sampled_from(["1", "500m", "2Gi", "0"]),
    "intstr.IntOrString": INT32 | TEXT,
    "meta.v1.Time": st.sampled_from(["2026-01-01T00:00:00Z", "1970-01-01T00:00:00Z"]) | st.none(),
    "meta.v1.MicroTime": st.just("2026-01-01T00:00:00.123456Z"),
    "meta.v1.Duration": st.sampled_from(["1h0m0s", "0s", "5.5s"]),
    "meta.v1.FieldsV1": JSON,
    "meta.v1.Verbs": st.lists(TEXT, min_size=1, max_size=2),
    "runtime.RawExtension": JSON,
    "apiextensions.v1.JSON": JSON | st.booleans() | TEXT,
    "apiextensions.v1.JSONSchemaPropsOrBool": st.booleans(),
    "apiextensions.v1.JSONSchemaPropsOrArray": st.just({"type": "string"}),
    "apiextensions.v1.JSONSchemaPropsOrStringArray": st.lists(TEXT, min_size=1, max_size=2),
    "": TEXT,
    "b": st.booleans(),
    "i": INT32,
    "d": st.floats(-1e6, 1e6),
    "y": st.sampled_from(["", "AAE=", "Zm9v"]),
}


def objects(message: str, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values of a message with any of its fields, less deep down."""
    if message in VALUES:
        return VALUES[message]
    if message.endswith(".ExtraValue"):
        return st.lists(TEXT, min_size=1, max_size=2)
    fields = {
        field.name: _field(field, depth)
        for field in (table.message(message) or {}).values()
        if not field.inline and (depth < 4 or "." not in field.type)
    }
    return st.fixed_dictionaries({}, optional=fields)


def _field(field: table.Field, depth: int) -> st.SearchStrategy[Any]:
    one = st.deferred(lambda: objects(field.type, depth + 1))
    # An empty list and none are the same in protobuf, and only there.
    if field.shape == "*":
        return st.lists(one, min_size=1, max_size=2)
    return st.dictionaries(TEXT, one, min_size=1, max_size=2) if field.shape == "<" else one


KINDS = sorted(k for k, name in facts.load().kinds.items() if "List" not in name and k[2] != "WatchEvent")


@given(st.data())
def test_every_kind_comes_back_the_same(data: st.DataObject) -> None:
    group, version, kind = data.draw(st.sampled_from(KINDS))
    api_version = f"{group}/{version}" if group else version
    given = data.draw(objects(table.of_kind(group, version, kind)))
    obj = {"kind": kind, "apiVersion": api_version, **given}
    schema = builtin(group, version, kind)
    assert schema is not None
    schema.decode(obj)
    encoded = encode(obj)
    name, _ = official.unwrap(encoded)
    back = decode(encoded)[1]
    schema.decode(back)
    assert (name, back) == (kind, obj)


def test_every_kind_has_a_message() -> None:
    missing = [key for key in facts.load().kinds if not table.of_kind(*key)]
    assert missing == []


def test_the_envelope() -> None:
    data = encode(config_map())
    assert data.startswith(MAGIC + sized(1, sized(1, "v1"), sized(2, "ConfigMap")))
    assert data.endswith(sized(3, "") + sized(4, ""))
