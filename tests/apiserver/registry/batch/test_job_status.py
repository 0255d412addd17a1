"""Job: what the status may become, whoever writes it."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

Object = dict[str, Any]
JOB = Kind("batch", "v1", "Job")
TEMPLATE = {"spec": {"containers": [{"name": "c", "image": "app:1"}], "restartPolicy": "Never"}}
START, END = "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"
PER_INDEX: Object = {"completionMode": "Indexed", "completions": 5, "backoffLimitPerIndex": 1}
ELASTIC: Object = {"completionMode": "Indexed", "completions": 2, "parallelism": 2}


def true(*types: str) -> list[Object]:
    return [{"type": name, "status": "True"} for name in types]


COMPLETE = true("SuccessCriteriaMet", "Complete")
FAILED = true("FailureTarget", "Failed")
DONE = {"startTime": START, "completionTime": END, "conditions": COMPLETE}


def problems(status: Object, before: Object | None = None, **spec: Any) -> list[str]:
    job = {"spec": {"template": TEMPLATE, **spec}}
    found = JOB.update_problems({**job, "status": before or {}}, {**job, "status": status}, "status")
    return [problem.removeprefix("status.") for problem in found]


@pytest.mark.parametrize(
    "status",
    [
        DONE,
        {"startTime": START, "failed": 1, "conditions": FAILED},
        {"startTime": START, "active": 2, "ready": 2, "conditions": true("FailureTarget")},
        {"conditions": true("Custom")},
    ],
)
def test_a_job_may_be_on_its_way_or_at_an_end(status: Object) -> None:
    assert problems(status) == []


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        ({"active": -1}, "active: Invalid value: -1: must be greater than or equal to 0"),
        ({"terminating": -1}, "terminating: Invalid value: -1: must be greater than or equal to 0"),
        ({"active": 1, "ready": 2}, "ready: Invalid value: 2: cannot set more ready pods than active"),
        (
            {"uncountedTerminatedPods": {"succeeded": ["a"], "failed": ["a"]}},
            'uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
        ),
        (
            {"uncountedTerminatedPods": {"succeeded": [""]}},
            'uncountedTerminatedPods.succeeded[0]: Invalid value: "": must not be empty',
        ),
    ],
)
def test_counts_that_cannot_be(status: Object, problem: str) -> None:
    assert problems(status) == [problem]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"active": 1}, "active: Invalid value: 1: active>0 is invalid for finished job"),
        ({"terminating": 1}, "terminating: Invalid value: 1: terminating>0 is invalid for finished job"),
        ({"startTime": None}, "startTime: Required value: startTime is required for finished job"),
        (
            {"uncountedTerminatedPods": {"failed": ["a"]}},
            'uncountedTerminatedPods: Invalid value: {"Succeeded":null,"Failed":["a"]}: '
            "uncountedTerminatedPods needs to be empty for finished job",
        ),
        (
            {"completionTime": None},
            "completionTime: Required value: completionTime is required for Complete jobs",
        ),
        (
            {"completionTime": "2025-01-01T00:00:00Z"},
            'completionTime: Invalid value: "2025-01-01T00:00:00Z": completionTime cannot be set before '
            "startTime",
        ),
        (
            {"conditions": true("Complete")},
            "conditions: Invalid value: cannot set Complete=True condition without the "
            "SuccessCriteriaMet=true condition",
        ),
        (
            {"conditions": true("SuccessCriteriaMet")},
            f'completionTime: Invalid value: "{END}": cannot set completionTime when there is no '
            "Complete=True condition",
        ),
    ],
)
def test_how_a_job_is_not_complete(change: Object, problem: str) -> None:
    assert problems({key: value for key, value in {**DONE, **change}.items() if value is not None}) == [
        problem
    ]


def test_a_suspended_job_of_nothing_completes_without_a_start() -> None:
    status = {"completionTime": END, "conditions": COMPLETE}
    assert problems(status, suspend=True, completions=0) == []


def test_a_job_has_one_end() -> None:
    assert problems({"startTime": START, "completionTime": END, "conditions": COMPLETE + FAILED}) == [
        "conditions: Invalid value: cannot set Complete=True and Failed=true conditions",
        "conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions",
        "conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions",
        "conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
    ]
    assert problems({"startTime": START, "conditions": true("Failed")}) == [
        "conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition"
    ]


@pytest.mark.parametrize(
    ("status", "spec", "problem"),
    [
        (
            {"completedIndexes": "1-"},
            PER_INDEX,
            'completedIndexes: Invalid value: "1-": error parsing completedIndexes: cannot convert string to '
            'integer for index: ""',
        ),
        (
            {"failedIndexes": "5"},
            PER_INDEX,
            'failedIndexes: Invalid value: "5": error parsing failedIndexes: too large index: "5"',
        ),
        (
            {"completedIndexes": "0,2-4", "failedIndexes": "1,3"},
            PER_INDEX,
            'failedIndexes: Invalid value: "1,3": failedIndexes and completedIndexes overlap at index: 3',
        ),
        (
            {"completedIndexes": "0"},
            {},
            'completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed '
            "completion mode",
        ),
        (
            {"failedIndexes": ""},
            ELASTIC,
            'failedIndexes: Invalid value: "": cannot set non-null failedIndexes when backoffLimitPerIndex '
            "is null",
        ),
    ],
)
def test_indexes_that_cannot_be(status: Object, spec: Object, problem: str) -> None:
    assert problems(status, **spec) == [problem]


def test_indexes_that_do_not_meet() -> None:
    assert problems({"completedIndexes": "0,2-4", "failedIndexes": "1"}, **PER_INDEX) == []


def test_an_end_is_final() -> None:
    assert problems({"startTime": START, "completionTime": END}, DONE) == [
        f'completionTime: Invalid value: "{END}": cannot set completionTime when there is no '
        "Complete=True condition",
        "conditions: Invalid value: cannot disable the terminal Complete=True condition",
        "conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition",
    ]
    later = "2026-01-01T00:02:00Z"
    assert problems({**DONE, "completionTime": later}, DONE) == [
        f'completionTime: Invalid value: "{later}": completionTime cannot be mutated'
    ]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, ["failed", "succeeded"]),
        (ELASTIC, ["failed"]),
    ],
)
def test_counters_only_grow_unless_the_job_shrinks(spec: Object, expected: list[str]) -> None:
    found = problems({}, {"succeeded": 2, "failed": 1}, **spec)
    assert found == [f"{name}: Invalid value: 0: cannot decrease the {name} counter" for name in expected]


def test_a_running_job_keeps_its_start() -> None:
    text = "startTime: Required value: startTime cannot be removed for unsuspended job"
    assert problems({"startTime": END}, {"startTime": START}) == [text]
    assert problems({}, {"startTime": START}, suspend=True) == []


def test_what_was_wrong_already_keeps_nothing_else_from_being_written() -> None:
    before = {"completedIndexes": "9", "startTime": START, "conditions": true("Failed"), "active": 1}
    assert problems({**before, "failed": 1}, before) == []


def test_a_policy_completes_a_job_only_by_its_criteria() -> None:
    policy = {"successPolicy": {"rules": [{"succeededCount": 1}]}, **ELASTIC}
    before = {**DONE, "conditions": true("Complete")}
    why = "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True"
    assert problems(before, before, **policy) == [f"conditions: Invalid value: {why}"]
    late = "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions"
    assert problems(DONE, before, **policy) == [f"conditions: Invalid value: {late}"]
