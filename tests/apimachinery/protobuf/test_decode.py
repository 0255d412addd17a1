"""Protobuf bodies become the JSON that Go would make of them; broken ones raise ProtobufError only."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wherry.apimachinery.gvk import GroupVersionKind
from wherry.apimachinery.protobuf import MAGIC, ProtobufError, decode, encode
from wherry.apimachinery.schema.registry import builtin

from .encode import CONFIG_MAP, CONTAINER, POD, entry, enveloped, meta, number, sized, varint


def test_maps_and_labels() -> None:
    gvk, obj = decode(CONFIG_MAP)
    assert (gvk.api_version, gvk.kind) == ("v1", "ConfigMap")
    assert obj == {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {"name": "a", "labels": {"l": "x"}},
        "data": {"k": "v"},
    }


def test_nested_messages_and_lists() -> None:
    container = {"name": "c", "image": "app:1", "ports": [{"containerPort": 8080, "protocol": "TCP"}]}
    expected = {"containers": [container], "restartPolicy": "Never", "terminationGracePeriodSeconds": 5}
    assert decode(POD)[1]["spec"] == expected


def test_inlined_messages_stand_in_their_parent() -> None:
    volume = sized(1, "v") + sized(2, sized(2, sized(1, "Memory")))
    obj = decode(enveloped("v1", "Pod", sized(2, sized(1, volume))))[1]
    assert obj["spec"]["volumes"] == [{"name": "v", "emptyDir": {"medium": "Memory"}}]


def test_quantities_are_text() -> None:
    resources = sized(8, entry(1, "cpu", sized(1, "500m")))
    obj = decode(enveloped("v1", "Pod", sized(2, sized(2, CONTAINER + resources))))[1]
    assert obj["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "500m"}}


@pytest.mark.parametrize(
    ("parts", "value"),
    [(number(1, 0) + number(2, 80), 80), (number(1, 1) + sized(3, "http"), "http"), (b"", 0)],
)
def test_a_port_is_a_number_or_a_name(parts: bytes, value: int | str) -> None:
    port = number(3, 80) + sized(4, parts)
    obj = decode(enveloped("v1", "Service", sized(2, sized(1, port))))[1]
    assert obj["spec"]["ports"] == [{"port": 80, "targetPort": value}]


@pytest.mark.parametrize(
    ("parts", "text"),
    [(number(1, 1767225600), "2026-01-01T00:00:00Z"), (b"", None), (number(1, -62135596800), None)],
)
def test_times(parts: bytes, text: str | None) -> None:
    obj = decode(enveloped("v1", "ConfigMap", sized(1, sized(8, parts))))[1]
    assert obj["metadata"] == {"creationTimestamp": text}


def test_bytes_are_base64_and_negative_numbers_are_negative() -> None:
    assert decode(enveloped("v1", "Secret", entry(2, "k", "hi")))[1]["data"] == {"k": "aGk="}
    priority = decode(enveloped("scheduling.k8s.io/v1", "PriorityClass", number(2, -7)))[1]
    assert priority["value"] == -7


def test_fields_that_are_not_known_are_left_out() -> None:
    assert decode(enveloped("v1", "ConfigMap", meta("a") + sized(999, "x")))[1]["metadata"] == {"name": "a"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{}", r"does not appear to be a protobuf message, expected prefix \[107 56 115 0\]"),
        (b"", "empty data"),
        (MAGIC, "empty body"),
        (enveloped("v1", "ConfigMap", b"\x0a\xff\x01"), "unexpected EOF"),
        (enveloped("v1", "ConfigMap", b"\x0a"), "unexpected EOF"),
        (enveloped("v1", "ConfigMap", b"\x0b"), "proto: wrong wireType = 3 for field Metadata"),
        (enveloped("v1", "ConfigMap", b"\x7c"), "proto: ConfigMap: wiretype end group for non-group"),
        (enveloped("v1", "ConfigMap", b"\x00"), "proto: ConfigMap: illegal tag 0"),
        (enveloped("v1", "ConfigMap", b"\x7f"), "proto: illegal wireType 7"),
        (enveloped("v1", "ConfigMap", b"\xff" * 11), "proto: integer overflow"),
        (enveloped("v1", "ConfigMap", number(1, 5)), "proto: wrong wireType = 0 for field Metadata"),
        (enveloped("v1", "ConfigMap", b"\x0a" + varint(1 << 63)), "proto: negative length found"),
        (enveloped("scheduling.k8s.io/v1", "PriorityClass", sized(2, "x")), "wireType = 2 for field Value"),
        (enveloped("v1", "ConfigMap", sized(1, sized(8, number(1, 1 << 60)))), "outside the years"),
        (enveloped("a.example.com/v1", "A", b""), "object \\*unstructured.Unstructured does not implement"),
        (MAGIC + varint(2), "wrong wireType|illegal tag"),
    ],
)
def test_what_is_broken(data: bytes, why: str) -> None:
    with pytest.raises(ProtobufError, match=why):
        decode(data, GroupVersionKind("a.example.com", "v1", "A"))


def test_the_error_knows_what_it_was_to_be() -> None:
    with pytest.raises(ProtobufError) as broken:
        decode(enveloped("v1", "ConfigMap", b"\x0a"))
    assert broken.value.gvk == ("", "v1", "ConfigMap")
    with pytest.raises(ProtobufError) as broken:
        decode(MAGIC + b"\x0a")
    assert broken.value.gvk is None


@pytest.mark.parametrize(("api_version", "kind"), [("v1", "Boat"), ("v9", "Pod"), ("a.example.com/v1", "A")])
def test_a_kind_without_a_message_comes_back_bare(api_version: str, kind: str) -> None:
    assert decode(enveloped(api_version, kind, b"\x0a"))[1] == {"kind": kind, "apiVersion": api_version}


def test_the_envelope_may_leave_the_type_out() -> None:
    default = GroupVersionKind("apps", "v1", "Deployment")
    assert decode(MAGIC + sized(2, meta("a")), default)[1]["kind"] == "Deployment"
    assert decode(enveloped("a/b/c", "Deployment", b""), default)[1]["apiVersion"] == "apps/v1"


def test_text_that_is_not_utf_8() -> None:
    assert decode(enveloped("v1", "ConfigMap", meta(b"\xff")))[1]["metadata"]["name"] == "\ufffd"


def test_a_message_given_twice_is_merged() -> None:
    twice = sized(1, sized(1, "a")) + sized(1, sized(2, "b-"))
    assert decode(enveloped("v1", "ConfigMap", twice))[1]["metadata"] == {"name": "a", "generateName": "b-"}


def test_groups_of_unknown_fields_are_skipped() -> None:
    group = varint(99 << 3 | 3) + sized(1, "x") + varint(99 << 3 | 4)
    fixed = varint(98 << 3 | 1) + bytes(8) + varint(97 << 3 | 5) + bytes(4)
    assert decode(enveloped("v1", "ConfigMap", group + fixed + meta("a")))[1]["metadata"] == {"name": "a"}


def test_nesting_has_an_end() -> None:
    schema = b""
    for _ in range(2000):
        schema = sized(28, schema)
    definition = sized(2, sized(7, sized(4, sized(1, schema))))
    with pytest.raises(ProtobufError, match="exceeded max depth"):
        decode(enveloped("apiextensions.k8s.io/v1", "CustomResourceDefinition", definition))


def kubectl_bodies() -> list[tuple[str, bytes]]:
    text = (Path(__file__).parent / "data" / "kubectl.txt").read_text()
    lines = [line.split(" ") for line in text.splitlines() if not line.startswith("#")]
    return [(kind, bytes.fromhex(data)) for kind, data in lines]


@pytest.mark.parametrize(("kind", "data"), kubectl_bodies())
def test_what_kubectl_sends_is_written_back_byte_for_byte(kind: str, data: bytes) -> None:
    gvk, obj = decode(data)
    schema = builtin(*gvk)
    assert schema is not None
    assert (schema.decode(obj), gvk.kind) == ([], kind)
    assert encode(obj) == data


@given(st.binary(max_size=200))
def test_random_bytes_raise_nothing_else(data: bytes) -> None:
    for body in (MAGIC + data, enveloped("v1", "Pod", data)):
        with contextlib.suppress(ProtobufError):
            decode(body)


@given(st.integers(0, len(POD) - 1), st.integers(0, 255))
def test_a_flipped_byte_raises_nothing_else(at: int, value: int) -> None:
    with contextlib.suppress(ProtobufError):
        decode(POD[:at] + bytes([value]) + POD[at + 1 :])
