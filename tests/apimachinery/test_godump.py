"""How Go's spew prints (`%#v`) the structs of a pod template."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.godump import dump

NO_DECIMAL = "d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>}"


def small(value: int, scale: int, text: str, style: str) -> str:
    amount = f"{{value:(int64){value} scale:(resource.Scale){scale}}}"
    return (
        f"{{i:(resource.int64Amount){amount} {NO_DECIMAL} s:(string){text} Format:(resource.Format){style}}}"
    )


def big(words: str, text: str, style: str) -> str:
    unscaled = f"{{neg:(bool)false abs:(big.nat)[{words}]}}"
    decimal = f"{{Dec:(*inf.Dec){{unscaled:(big.Int){unscaled} scale:(inf.Scale)9}}}}"
    zero = "{value:(int64)0 scale:(resource.Scale)0}"
    return (
        f"{{i:(resource.int64Amount){zero} d:(resource.infDecAmount){decimal} "
        f"s:(string){text} Format:(resource.Format){style}}}"
    )


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("v1.LocalObjectReference", {}, "{Name:(string)}"),
        ("v1.LocalObjectReference", {"name": "a", "unknown": 1}, "{Name:(string)a}"),
        ("v1.Capabilities", {"add": ["A", "B"]}, "{Add:([]v1.Capability)[A B] Drop:([]v1.Capability)<nil>}"),
        ("v1.ExecAction", {"command": []}, "{Command:([]string)<nil>}"),
        (
            "v1.PodDNSConfigOption",
            {"name": "n", "value": ""},
            "{Name:(string)n Value:(*string)}",
        ),
        (
            "v1.ConfigMapEnvSource",
            {"name": "a", "optional": False},
            "{LocalObjectReference:(v1.LocalObjectReference){Name:(string)a} Optional:(*bool)false}",
        ),
    ],
)
def test_a_struct_shows_every_field_with_its_type(name: str, value: Any, expected: str) -> None:
    assert dump(name, value) == f"({name}){expected}"


def test_the_keys_of_a_map_are_sorted() -> None:
    text = dump("v1.LabelSelector", {"matchLabels": {"b": "2", "a": "1"}})
    assert "MatchLabels:(map[string]string)map[a:1 b:2] " in text


def test_null_counts_as_absent() -> None:
    assert dump("v1.ObjectMeta", {"labels": None}) == dump("v1.ObjectMeta", {})


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        (80, "{Type:(intstr.Type)0 IntVal:(int32)80 StrVal:(string)}"),
        ("web", "{Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)web}"),
    ],
)
def test_a_port_is_a_number_or_a_name(port: int | str, expected: str) -> None:
    shown = dump("v1.TCPSocketAction", {"port": port})
    assert shown == f"(v1.TCPSocketAction){{Port:(intstr.IntOrString){expected} Host:(string)}}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", small(0, 0, "0", "DecimalSI")),
        ("1", small(1, 0, "1", "DecimalSI")),
        ("100m", small(100, -3, "100m", "DecimalSI")),
        ("0.5", small(500, -3, "500m", "DecimalSI")),
        ("64Mi", small(64 << 20, 0, "", "BinarySI")),
        ("100Mi", small(100 << 20, 0, "100Mi", "BinarySI")),
        ("1Gi", small(1 << 30, 0, "1Gi", "BinarySI")),
        ("1e3", small(1, 3, "1e3", "DecimalExponent")),
        ("100Ti", big("8568098291072368640 5960", "", "BinarySI")),
    ],
)
def test_a_quantity_is_shown_as_the_parser_leaves_it(text: str, expected: str) -> None:
    shown = dump("v1.EmptyDirVolumeSource", {"sizeLimit": text})
    assert shown == (
        "(v1.EmptyDirVolumeSource){Medium:(v1.StorageMedium) SizeLimit:(*resource.Quantity)" + expected + "}"
    )


def test_a_quantity_that_is_not_given_was_read_as_zero() -> None:
    text = dump("v1.ResourceFieldSelector", {"resource": "limits.cpu"})
    assert text.endswith(f"Divisor:(resource.Quantity){small(0, 0, '0', 'DecimalSI')}}}")


def test_no_time_and_a_time() -> None:
    assert "CreationTimestamp:(v1.Time){Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:" in dump(
        "v1.ObjectMeta", {}
    )
    given = dump("v1.ObjectMeta", {"creationTimestamp": "1970-01-01T00:00:01Z"})
    assert "{wall:(uint64)0 ext:(int64)62135596801 loc:(*time.Location){name:(string)UTC " in given


def test_managed_fields_are_bytes() -> None:
    text = dump("v1.ManagedFieldsEntry", {"fieldsV1": {}})
    assert "FieldsV1:(*v1.FieldsV1){Raw:([]uint8)[123 125]}" in text
