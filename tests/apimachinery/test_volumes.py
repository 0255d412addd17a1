"""Which volume suits a claim."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery import volumes

from tests.controllers.volumes import claim, volume

Object = dict[str, Any]


def available(name: str = "v", **spec: Any) -> Object:
    return {**volume(name, **spec), "status": {"phase": "Available"}}


def wanting(**spec: Any) -> Object:
    mine = claim(**spec)
    mine["metadata"]["uid"] = "u"
    return mine


def chosen(candidates: list[Object], mine: Object, **more: Any) -> str | None:
    found = volumes.best_match(candidates, mine, **more)
    return found["metadata"]["name"] if found is not None else None


def test_the_smallest_that_is_large_enough() -> None:
    sizes = [available(name, size=size) for name, size in (("s", "1Gi"), ("l", "9Gi"), ("m", "5Gi"))]
    assert chosen(sizes, wanting(size="2Gi")) == "m"


def test_fewer_access_modes_come_before_less_room() -> None:
    many = available("many", accessModes=["ReadWriteOnce", "ReadOnlyMany"])
    assert chosen([many, available("large", size="9Gi")], wanting()) == "large"


def test_a_reserved_volume_comes_first() -> None:
    mine = available("mine", size="9Gi", claimRef={"namespace": "default", "name": "c"})
    assert chosen([available("free"), mine], wanting()) == "mine"


@pytest.mark.parametrize(
    "spec",
    [
        {"cls": "slow"},
        {"volumeMode": "Block"},
        {"accessModes": ["ReadOnlyMany"]},
        {"size": "1Mi"},
        {"claimRef": {"namespace": "default", "name": "other"}},
        {"claimRef": {"namespace": "default", "name": "c", "uid": "earlier"}},
        {"volumeAttributesClassName": "gold"},
    ],
)
def test_what_does_not_suit(spec: Object) -> None:
    assert chosen([available(**spec)], wanting()) is None


def test_a_volume_that_is_not_available() -> None:
    assert chosen([volume()], wanting()) is None


def test_a_selector_chooses_by_labels() -> None:
    labelled = available("w")
    labelled["metadata"]["labels"] = {"a": "1"}
    mine = wanting(selector={"matchLabels": {"a": "1"}})
    assert chosen([available(), labelled], mine) == "w"


def test_only_reserved_ones_while_binding_waits() -> None:
    assert chosen([available()], wanting(), only_reserved=True) is None


def test_a_reserved_volume_out_of_reach_leaves_no_choice() -> None:
    mine = available("mine", claimRef={"namespace": "default", "name": "c"})
    assert (
        chosen([available("free"), mine], wanting(), fits=lambda v: v["metadata"]["name"] == "free") is None
    )


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"size": "1Mi"}, "requested PV is too small"),
        ({"cls": "slow"}, "storageClassName does not match"),
        ({"volumeMode": "Block"}, "incompatible volumeMode"),
        ({"accessModes": ["ReadOnlyMany"]}, "incompatible accessMode"),
        ({}, ""),
    ],
)
def test_why_a_named_volume_does_not_suit(spec: Object, why: str) -> None:
    assert volumes.mismatch(volume(**spec), wanting()) == why


def test_a_claim_waits_until_a_node_is_selected() -> None:
    lazy = {"volumeBindingMode": "WaitForFirstConsumer"}
    mine = wanting()
    assert volumes.waits_for_consumer(mine, lazy)
    mine["metadata"]["annotations"] = {volumes.SELECTED_NODE: "n"}
    assert not volumes.waits_for_consumer(mine, lazy)
    assert not volumes.waits_for_consumer(wanting(), None)
