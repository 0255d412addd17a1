"""APIService: its name, its priorities, local and remote ones."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import CREATED, Kind

SERVICE = Kind("apiregistration.k8s.io", "v1", "APIService")


def body(**spec: Any) -> dict[str, Any]:
    core = {"group": "g.io", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 10}
    return {"metadata": {"name": "v1.g.io"}, "spec": {**core, **spec}}


REMOTE = {"insecureSkipTLSVerify": True, "service": {"namespace": "n", "name": "s"}}


def test_a_local_one_is_available_at_once() -> None:
    condition = SERVICE.created(body())["status"]["conditions"][0]
    assert (condition["type"], condition["reason"], condition["lastTransitionTime"]) == (
        "Available",
        "Local",
        CREATED,
    )
    assert SERVICE.created(body(**REMOTE))["status"] == {}


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (
            {"groupPriorityMinimum": 0},
            "spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000",
        ),
        (
            {"versionPriority": 1001},
            "spec.versionPriority: Invalid value: 1001: must be positive and less than 1000",
        ),
        ({"service": {"namespace": "n"}}, "spec.service.name: Required value"),
        (
            {"insecureSkipTLSVerify": True},
            "spec.insecureSkipTLSVerify: Invalid value: true: "
            "local APIServices may not have insecureSkipTLSVerify",
        ),
        (
            {**REMOTE, "caBundle": "eA=="},
            "spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present",
        ),
    ],
)
def test_what_is_refused(spec: dict[str, Any], problem: str) -> None:
    assert SERVICE.problems(body(**spec)) == [problem]


def test_the_name_joins_version_and_group() -> None:
    check = SERVICE.strategy.naming(body(group="h.io"))
    problem = 'must be `spec.version+"."+spec.group`: "v1.h.io"'
    assert check("v1.h.io", False) == []
    assert check("v1.g.io", False) == check("v1-", True) == [problem]
    assert check(".", True) == ["may not be '.'"]


@pytest.mark.parametrize(
    ("conditions", "shown"),
    [
        ([], "Unknown"),
        ([{"type": "Available", "status": "True"}], "True"),
        ([{"type": "Available", "status": "False", "reason": "Gone"}], "False (Gone)"),
    ],
)
def test_the_row_says_whether_it_answers(conditions: list[dict[str, str]], shown: str) -> None:
    row = SERVICE.cells({**body(**REMOTE), "status": {"conditions": conditions}})
    assert row == ["v1.g.io", "n/s", shown, "0s"]
