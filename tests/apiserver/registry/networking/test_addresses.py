"""IPAddress and ServiceCIDR."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

ADDRESS = Kind("networking.k8s.io", "v1", "IPAddress")
RANGE = Kind("networking.k8s.io", "v1", "ServiceCIDR")
PARENT = {"group": "", "resource": "services", "namespace": "n", "name": "s"}


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({}, "spec.parentRef: Required value"),
        ({"parentRef": {**PARENT, "name": ""}}, "spec.parentRef.name: Required value"),
        ({"parentRef": {**PARENT, "resource": ""}}, "spec.parentRef.resource: Required value"),
    ],
)
def test_an_address_belongs_to_something(spec: dict[str, Any], problem: str) -> None:
    assert ADDRESS.problems({"spec": spec}) == [problem]


def test_an_address_is_named_canonically() -> None:
    check = ADDRESS.strategy.name_validator
    assert check is not None
    assert check("203.0.113.7", False) == []
    assert check("203.0.113.007", False) == ["must not have leading 0s"]


def test_the_parent_stays() -> None:
    after = {"spec": {"parentRef": {**PARENT, "name": "t"}}}
    assert ADDRESS.update_problems({"spec": {"parentRef": PARENT}}, after) == [
        'spec.parentRef: Invalid value: {"Group":"","Resource":"services","Namespace":"n","Name":"t"}: '
        "field is immutable"
    ]


def test_the_row_names_the_service_and_ends_with_an_age_that_no_column_shows() -> None:
    assert ADDRESS.cells({"spec": {"parentRef": PARENT}}) == ["a", "services/n/s", "0s"]


@pytest.mark.parametrize(
    ("ranges", "problem"),
    [
        ([], "spec.cidrs: Required value: at least one CIDR required"),
        (
            ["10.96.0.1/24"],
            'spec.cidrs[0]: Invalid value: "10.96.0.1/24": must not have bits set beyond the prefix length',
        ),
        (
            ["10.96.0.0/24", "10.97.0.0/24"],
            'spec.cidrs: Invalid value: ["10.96.0.0/24","10.97.0.0/24"]: may specify no more than one IP for '
            "each IP family, i.e 192.168.0.0/24 and 2001:db8::/64",
        ),
    ],
)
def test_ranges(ranges: list[str], problem: str) -> None:
    assert RANGE.problems({"spec": {"cidrs": ranges}}) == [problem]


def test_a_range_may_gain_a_family_and_nothing_else() -> None:
    one = {"spec": {"cidrs": ["10.96.0.0/24"]}}
    assert RANGE.update_problems(one, {"spec": {"cidrs": ["10.96.0.0/24", "2001:db8:1::/112"]}}) == []
    problem = 'spec.cidrs[0]: Invalid value: "10.97.0.0/24": field is immutable'
    assert RANGE.update_problems(one, {"spec": {"cidrs": ["10.97.0.0/24"]}}) == [problem]


def test_the_first_range_stays_when_a_second_comes() -> None:
    before = {"spec": {"cidrs": ["10.0.0.0/24"]}}
    after = {"spec": {"cidrs": ["10.1.0.0/24", "x"]}}
    assert RANGE.update_problems(before, after) == [
        'spec.cidrs[0]: Invalid value: "10.1.0.0/24": field is immutable',
        'spec.cidrs[1]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ]
