"""ResourceClaims, their templates, and DeviceClasses."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.devices.claim_status import validate_claim_status
from wherry.apiserver.registry.devices.requests import admin_errors

from ..drive import Kind

CLAIM = Kind("resource.k8s.io", "v1", "ResourceClaim")
TEMPLATE = Kind("resource.k8s.io", "v1", "ResourceClaimTemplate")
CLASS = Kind("resource.k8s.io", "v1", "DeviceClass")


def body(*requests: dict[str, Any], **devices: Any) -> dict[str, Any]:
    return {"spec": {"devices": {"requests": list(requests), **devices}}}


def request(name: str = "r", **exactly: Any) -> dict[str, Any]:
    return {"name": name, "exactly": {"deviceClassName": "c", **exactly}}


def test_one_device_by_default() -> None:
    spec = CLAIM.defaulted(body(request(tolerations=[{"key": "k"}])))["spec"]
    exactly = spec["devices"]["requests"][0]["exactly"]
    assert (exactly["allocationMode"], exactly["count"]) == ("ExactCount", 1)
    assert exactly["tolerations"][0]["operator"] == "Equal"


def test_all_devices_are_not_counted() -> None:
    spec = CLAIM.defaulted(body(request(allocationMode="All")))["spec"]
    assert "count" not in spec["devices"]["requests"][0]["exactly"]


@pytest.mark.parametrize(
    ("claim", "problem"),
    [
        (
            body({"name": "r"}),
            "requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required",
        ),
        (body(request(), request()), 'requests[1]: Duplicate value: "r"'),
        (body(request(count=-1)), "requests[0].exactly.count: Invalid value: -1: must be greater than zero"),
        (
            body(request(), constraints=[{"requests": ["r"], "matchAttribute": "x"}]),
            'constraints[0].matchAttribute: Invalid value: "x": '
            "a fully qualified name must be a domain and a name separated by a slash",
        ),
        (
            body(request(), config=[{"opaque": {"driver": "d.io"}}]),
            "config[0].opaque.parameters: Required value",
        ),
        (body(*(request(f"r{i}") for i in range(33))), "requests: Too many: 33: must have at most 32 items"),
    ],
)
def test_what_is_refused(claim: dict[str, Any], problem: str) -> None:
    assert CLAIM.problems(claim) == [f"spec.devices.{problem}"]


def test_the_spec_of_a_claim_stays() -> None:
    (problem,) = CLAIM.update_problems(body(request()), body(request("s")))
    assert problem.startswith("spec: Invalid value: ") and problem.endswith("field is immutable")


def test_templates_hold_claims() -> None:
    problem = "spec.spec.devices.requests[0].exactly.deviceClassName: Required value"
    assert TEMPLATE.problems({"spec": body({"name": "r", "exactly": {}})}) == [problem]


def test_classes_name_extended_resources() -> None:
    problem = 'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name'
    assert CLASS.problems({"spec": {"extendedResourceName": "cpu"}}) == [problem]
    assert CLASS.problems({"spec": {"extendedResourceName": "g.io/gpu"}}) == []


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ({}, "pending"),
        ({"allocation": {}}, "allocated"),
        (
            {"allocation": {}, "reservedFor": [{"resource": "pods", "name": "p", "uid": "u"}]},
            "allocated,reserved",
        ),
    ],
)
def test_the_row_says_how_far_it_is(status: dict[str, Any], shown: str) -> None:
    assert CLAIM.cells({**body(request()), "status": status}) == ["a", shown, "0s"]


def user(number: int) -> dict[str, str]:
    return {"resource": "pods", "name": f"p{number}", "uid": f"u{number}"}


def given(*users: dict[str, str], **result: Any) -> dict[str, Any]:
    """The status of an allocated claim."""
    one = {"request": "r", "driver": "d.io", "pool": "n", "device": "d0", **result}
    return {"allocation": {"devices": {"results": [one]}}, "reservedFor": list(users)}


@pytest.mark.parametrize(
    ("before", "status", "problem"),
    [
        (
            {},
            {"reservedFor": [user(0)]},
            "status.reservedFor: Forbidden: may not be specified when `allocated` is not set",
        ),
        (
            given(),
            given(*(user(i) for i in range(257))),
            "status.reservedFor: Too many: 257: must have at most 256 items",
        ),
        (given(), given(user(0), user(0)), 'status.reservedFor[1].uid: Duplicate value: "u0"'),
        (
            {},
            given(request="s"),
            'status.allocation.devices.results[0].request: Invalid value: "s": must be the name of a request '
            "in the claim or the name of a request and a subrequest separated by '/'",
        ),
        (
            given(),
            {**given(), "devices": [{"driver": "d.io", "pool": "n", "device": "d1"}]},
            'status.devices[0]: Invalid value: "d.io/n/d1": must be an allocated device in the claim',
        ),
    ],
)
def test_what_is_refused_of_a_status(before: Any, status: Any, problem: str) -> None:
    old, new = ({**body(request()), "metadata": {"name": "c"}, "status": each} for each in (before, status))
    assert [str(one) for one in validate_claim_status(new, old)] == [problem]


def test_what_is_allocated_stays_until_it_is_freed() -> None:
    old, new = (
        {**body(request()), "metadata": {"name": "c"}, "status": each}
        for each in (given(), given(device="d1"))
    )
    (problem,) = validate_claim_status(new, old)
    assert str(problem).endswith("field is immutable")
    assert validate_claim_status({**old, "status": {}}, old) == []


def test_access_for_administration_is_for_namespaces_labelled_so() -> None:
    spec = body(request(adminAccess=True))["spec"]
    labelled = {"metadata": {"labels": {"resource.kubernetes.io/admin-access": "true"}}}
    assert admin_errors(spec, labelled) == []
    (problem,) = admin_errors(spec, {"metadata": {}})
    assert str(problem).startswith("spec.devices.requests[0].adminAccess: Forbidden: admin access to devices")
    assert "requires the `resource.kubernetes.io/admin-access: true` label" in str(problem)


def test_a_spec_that_may_not_change_is_shown_as_the_internal_type() -> None:
    (problem,) = CLAIM.update_problems(body(request()), {"spec": {}})
    shown = '{"Devices":{"Requests":null,"Constraints":null,"Config":null}}'
    assert problem == f"spec: Invalid value: {shown}: field is immutable"
    of_template = {"metadata": {"labels": {"a": "b"}}, "spec": {}}
    (problem,) = TEMPLATE.update_problems({"spec": body(request())}, {"spec": of_template})
    assert problem == f'spec: Invalid value: {{"labels":{{"a":"b"}},"Spec":{shown}}}: field is immutable'


def test_changed_templates_are_judged_whole() -> None:
    new = {"metadata": {"labels": {"-": "b"}}, "spec": body(request())["spec"]}
    label, frozen = TEMPLATE.update_problems({"spec": {"spec": body(request())["spec"]}}, {"spec": new})
    assert label.startswith('spec.metadata.labels: Invalid value: "-"')
    assert frozen.endswith("field is immutable")


def test_a_reference_is_made_of_names() -> None:
    constraint = {"requests": ["R", "a/b/c"], "matchAttribute": "d.io/a"}
    at = "spec.devices.constraints[0].requests"
    spelling, unknown, parts = CLAIM.problems(
        {"spec": {"devices": {"requests": [request()], "constraints": [constraint]}}}
    )
    assert spelling.startswith(f'{at}[0]: Invalid value: "R": a lowercase RFC 1123 label')
    assert unknown.startswith(f'{at}[0]: Invalid value: "R": must be the name of a request')
    assert parts.startswith(f'{at}[1]: Invalid value: "a/b/c": must be the name of a request')


def test_a_request_is_of_one_kind() -> None:
    both = {**request(), "firstAvailable": [{"name": "s", "deviceClassName": "c"}]}
    (problem,) = CLAIM.problems(body(both))
    assert problem.startswith("spec.devices.requests[0]: Invalid value: null: exactly one of")


def test_templates_take_no_deletion_not_even_at_once() -> None:
    spec = {"metadata": {"deletionGracePeriodSeconds": 0, "generation": 0}, "spec": body(request())["spec"]}
    assert TEMPLATE.problems({"spec": spec}) == [
        "spec.metadata.deletionGracePeriodSeconds: Forbidden: cannot be set"
    ]
