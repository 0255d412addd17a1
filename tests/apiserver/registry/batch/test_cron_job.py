"""CronJob: defaults, schedules, time zones."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

CRON_JOB = Kind("batch", "v1", "CronJob")
POD = {"containers": [{"name": "c", "image": "app:1"}], "restartPolicy": "OnFailure"}


def body(**spec: Any) -> dict[str, Any]:
    job = {"spec": {"template": {"spec": POD}}}
    return {"spec": {"schedule": "0 0 * * *", "jobTemplate": job, **spec}}


def test_defaults() -> None:
    spec = CRON_JOB.defaulted(body())["spec"]
    assert (spec["concurrencyPolicy"], spec["suspend"]) == ("Allow", False)
    assert (spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) == (3, 1)
    assert "completions" not in spec["jobTemplate"]["spec"]


@pytest.mark.parametrize(
    ("schedule", "problem"),
    [
        ("", "Required value"),
        ("daily", 'Invalid value: "daily": expected exactly 5 fields, found 1: [daily]'),
        ("60 * * * *", 'Invalid value: "60 * * * *": end of range (60) above maximum (59): 60'),
        (
            "CRON_TZ=UTC 0 0 * * *",
            'Invalid value: "CRON_TZ=UTC 0 0 * * *": '
            "cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
        ),
    ],
)
def test_schedules(schedule: str, problem: str) -> None:
    assert CRON_JOB.problems(body(schedule=schedule)) == [f"spec.schedule: {problem}"]


@pytest.mark.parametrize(
    ("zone", "problem"),
    [
        ("", "timeZone must be nil or non-empty string"),
        ("Local", "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"),
        ("Mars/Olympus", "unknown time zone Mars/Olympus"),
        ("../etc/passwd", "unknown time zone ../etc/passwd"),
    ],
)
def test_time_zones(zone: str, problem: str) -> None:
    assert CRON_JOB.problems(body(timeZone=zone)) == [f'spec.timeZone: Invalid value: "{zone}": {problem}']


def test_a_known_time_zone() -> None:
    assert CRON_JOB.problems(body(timeZone="Etc/UTC")) == []


def test_jobs_get_their_own_selector() -> None:
    job = {
        "spec": {"template": {"spec": POD}, "selector": {"matchLabels": {"a": "b"}}, "manualSelector": True}
    }
    assert CRON_JOB.problems(body(jobTemplate=job)) == [
        'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: '
        "`selector` will be auto-generated",
        'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
    ]


def test_names_leave_room_for_a_suffix_when_created() -> None:
    long = {**body(), "metadata": {"name": "c" * 53}}
    (problem,) = CRON_JOB.problems(long)
    assert problem.endswith("must be no more than 52 characters")
    assert CRON_JOB.update_problems(long, long) == []


def test_a_zone_in_an_old_schedule_is_tolerated() -> None:
    old = body(schedule="TZ=UTC 0 0 * * *")
    assert CRON_JOB.update_problems(old, old) == []


def test_the_row_of_a_table() -> None:
    status = {"active": [{}], "lastScheduleTime": "2025-12-31T23:59:00Z"}
    row = CRON_JOB.cells({**body(), "status": status})
    assert row == ["a", "0 0 * * *", "<none>", "False", 1, "60s", "0s", "c", "app:1", "<none>"]


def test_a_zone_in_the_schedule_is_warned_about_when_it_stays() -> None:
    cron = CRON_JOB.created(body(schedule="TZ=UTC 0 * * * *"))
    assert CRON_JOB.strategy.warnings(CRON_JOB.context, cron, None) == []
    (warning,) = CRON_JOB.strategy.warnings(CRON_JOB.context, cron, cron)
    assert warning.startswith("cannot use TZ or CRON_TZ in spec.spec.schedule")
