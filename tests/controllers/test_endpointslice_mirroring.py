"""What the slices of hand-made Endpoints say."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.controllers.endpointslice import mirroring

Object = dict[str, Any]


def endpoints(*subsets: Object, **meta: Any) -> Object:
    return {"metadata": {"name": "e", "namespace": "n", **meta}, "subsets": list(subsets)}


PORTS = [{"name": "a", "port": 80, "protocol": "TCP"}]


def test_addresses_become_endpoints_with_their_readiness() -> None:
    subset = {"addresses": [{"ip": "10.9.8.7"}], "notReadyAddresses": [{"ip": "10.9.8.8"}], "ports": PORTS}
    (first,) = [plan for plan in mirroring.plans(endpoints(subset), []) if plan.create]
    (made,) = first.create
    assert made["addressType"] == "IPv4"
    assert made["ports"] == [{"name": "a", "protocol": "TCP", "port": 80}]
    assert made["endpoints"] == [
        {"addresses": ["10.9.8.7"], "conditions": {"ready": True}},
        {"addresses": ["10.9.8.8"], "conditions": {"ready": False}},
    ]
    assert made["metadata"]["labels"] == {
        "kubernetes.io/service-name": "e",
        "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
    }


def test_families_and_ports_have_slices_of_their_own() -> None:
    both = {"addresses": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}], "ports": PORTS}
    found = mirroring.mirrored(endpoints(both, {"addresses": [{"ip": "10.0.0.2"}]}))
    assert {family: len(groups) for family, groups in found.items()} == {"IPv4": 2, "IPv6": 1}


def test_slices_of_a_family_that_went_are_deleted() -> None:
    old = {"metadata": {"name": "e-x"}, "addressType": "IPv6", "endpoints": []}
    assert [plan.delete for plan in mirroring.plans(endpoints(), [old])] == [[old]]


def test_locks_and_refusals_are_not_mirrored() -> None:
    assert mirroring.wants_mirror(endpoints())
    assert not mirroring.wants_mirror(endpoints(labels={mirroring.SKIP: "true"}))
    assert not mirroring.wants_mirror(endpoints(annotations={mirroring.LEADER: "{}"}))


@pytest.mark.parametrize(
    ("spec", "takes"),
    [
        ({}, True),
        ({"selector": {"a": "b"}}, False),
        ({"type": "ExternalName", "selector": {"a": "b"}}, False),
    ],
)
def test_only_services_without_selector_take_a_mirror(spec: Object, takes: bool) -> None:
    assert mirroring.takes_mirror({"spec": spec}) is takes
    assert not mirroring.takes_mirror(None)


def test_what_is_too_much_for_a_subset_is_counted() -> None:
    def subset(ready: int, unready: int) -> Object:
        return {"addresses": [{}] * ready, "notReadyAddresses": [{}] * unready}

    assert mirroring.beyond(endpoints(subset(1000, 3), subset(999, 1), {})) == 3
