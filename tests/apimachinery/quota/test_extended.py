"""Claims count for the extended resources that their devices are, but not twice with the pod they are of."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.quantity import parse
from wherry.apimachinery.quota import extended
from wherry.apimachinery.quota.usage import DEVICES

Object = dict[str, Any]
CLASSES = {"gpu": "example.com/gpu"}
IMPLICIT = "requests.deviceclass.resource.kubernetes.io/gpu"
POD: Object = {
    "metadata": {"name": "p", "uid": "u"},
    "spec": {"containers": [{"name": "c", "resources": {"requests": {"example.com/gpu": "2"}}}]},
}


def made(name: str = "c", uid: str = "u", created: str = "1") -> Object:
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": uid, "controller": True}
    notes = {extended.MADE: "true"}
    meta = {"name": name, "creationTimestamp": created, "annotations": notes, "ownerReferences": [owner]}
    return {"metadata": meta}


def test_only_classes_that_stand_behind_something_count() -> None:
    found = [
        {"metadata": {"name": "gpu"}, "spec": {"extendedResourceName": "example.com/gpu"}},
        {"metadata": {"name": "other"}, "spec": {}},
    ]
    assert extended.classes_of(found) == CLASSES
    names = [IMPLICIT, "requests.example.com/gpu", "requests.example.com/nic", "pods", "requests.cpu"]
    assert extended.claimed(names, CLASSES) == names[:2]


def test_devices_are_counted_under_all_their_names_but_for_what_is_covered() -> None:
    totals = {f"gpu{DEVICES}": parse("3")}
    whole = extended.with_extended(totals, CLASSES, {})
    assert {name: str(amount) for name, amount in whole.items()} == {
        f"gpu{DEVICES}": "3",
        IMPLICIT: "3",
        "requests.example.com/gpu": "3",
    }
    rest = extended.with_extended(totals, CLASSES, {"requests.example.com/gpu": parse("3")})
    assert "requests.example.com/gpu" not in rest


@pytest.mark.parametrize(
    ("claim", "status", "others", "counts"),
    [
        (made(), None, [], True),
        (made(), {"resourceClaimName": "c"}, [], True),
        (made(), {"resourceClaimName": "d"}, [], False),
        (made(uid="other"), None, [], False),
        (made(created="2"), None, [made("a", created="1")], False),
        (made(), None, [made("d")], True),
        ({"metadata": {"name": "c"}}, None, [], False),
    ],
)
def test_what_the_pod_of_a_claim_covers(
    claim: Object, status: Object | None, others: list[Object], counts: bool
) -> None:
    pod = {**POD, "status": {"extendedResourceClaimStatus": status}} if status else POD
    found = extended.covered(claim, pod, [claim, *others])
    assert ("requests.example.com/gpu" in found) is counts
