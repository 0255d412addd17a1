"""Ownership of replicas through the scale subresource."""

from __future__ import annotations

from typing import Any

from wherry.apimachinery.managedfields import from_scale, to_scale

REPLICAS: dict[str, Any] = {"f:spec": {"f:replicas": {}}}


def entry(
    manager: str, operation: str, fields: dict[str, Any], version: str = "apps/v1", **more: str
) -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": version,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        **more,
    }


BOTH = entry("a", "Apply", {"f:spec": {"f:replicas": {}, "f:paused": {}}})
OTHER = entry("b", "Update", {"f:spec": {"f:paused": {}}})


def test_only_owners_of_replicas_are_seen() -> None:
    assert to_scale([BOTH, OTHER], "spec.replicas") == [entry("a", "Apply", REPLICAS, "autoscaling/v1")]


def test_an_owner_that_keeps_replicas_keeps_everything() -> None:
    kept = [entry("a", "Apply", REPLICAS, "autoscaling/v1")]
    assert from_scale([BOTH, OTHER], kept, "apps/v1", "spec.replicas") == [BOTH, OTHER]


def test_a_scaler_takes_replicas_from_its_owner() -> None:
    scaler = entry(
        "s", "Update", REPLICAS, "autoscaling/v1", subresource="scale", time="2026-01-01T00:00:00Z"
    )
    assert from_scale([BOTH, OTHER], [scaler], "apps/v1", "spec.replicas") == [
        entry("a", "Apply", {"f:spec": {"f:paused": {}}}),
        OTHER,
        entry("s", "Update", REPLICAS, subresource="scale"),
    ]


def test_replicas_may_stand_elsewhere() -> None:
    owner = entry("a", "Update", {"f:spec": {"f:n": {}}}, "x.io/v1")
    scale = to_scale([owner], "spec.n")
    assert scale[0]["fieldsV1"] == REPLICAS
    assert from_scale([owner], [], "x.io/v1", "spec.n") == []
