"""Pod failure policies and success policies."""

from __future__ import annotations

import pytest
from wherry.controllers.job import indexes, policies
from wherry.controllers.job.policies import Verdict

from tests.controllers.jobs import Object, indexed, job, job_pod


def on_code(action: str, operator: str, *values: int, container: str | None = "c") -> Object:
    requirement: Object = {"operator": operator, "values": list(values)}
    if container is not None:
        requirement["containerName"] = container
    return {"action": action, "onExitCodes": requirement}


def on_condition(action: str, kind: str, status: str = "True") -> Object:
    return {"action": action, "onPodConditions": [{"type": kind, "status": status}]}


def judged(pod: Object, *rules: Object) -> Verdict:
    return policies.judge(job(podFailurePolicy={"rules": list(rules)}), pod)


FAILED = job_pod("p", "Failed", code=42)
COUNTED = Verdict(None, True, "")


def test_without_a_policy_a_failure_counts() -> None:
    assert policies.judge(job(), FAILED) == COUNTED


def test_failing_the_job_tells_which_container_and_rule() -> None:
    message = "Container c for pod ns/p failed with exit code 42 matching FailJob rule at index 1"
    assert judged(FAILED, on_code("Ignore", "In", 1), on_code("FailJob", "In", 42)) == Verdict(
        message, True, "FailJob"
    )


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        (on_code("Ignore", "In", 42), True),
        (on_code("Ignore", "In", 1, 2), False),
        (on_code("Ignore", "NotIn", 1, 2), True),
        (on_code("Ignore", "NotIn", 42), False),
        (on_code("Ignore", "In", 42, container="other"), False),
        (on_code("Ignore", "In", 42, container=None), True),
    ],
)
def test_exit_codes(rule: Object, matches: bool) -> None:
    assert judged(FAILED, rule) == (Verdict(None, False, "Ignore") if matches else COUNTED)


def test_success_is_no_exit_code_to_match() -> None:
    assert judged(job_pod("p", "Failed", code=0), on_code("FailJob", "NotIn", 1)) == COUNTED


def test_init_containers_are_looked_at_too() -> None:
    pod = job_pod("p", "Failed")
    pod["status"]["initContainerStatuses"] = [{"name": "i", "state": {"terminated": {"exitCode": 9}}}]
    assert judged(pod, on_code("Count", "In", 9, container="i")).action == "Count"


def test_conditions_of_the_pod() -> None:
    pod = job_pod("p", "Failed", conditions=[{"type": "DisruptionTarget", "status": "True"}])
    rule = on_condition("FailJob", "DisruptionTarget")
    assert (
        judged(pod, rule).message
        == "Pod ns/p has condition DisruptionTarget matching FailJob rule at index 0"
    )
    assert judged(pod, on_condition("Ignore", "DisruptionTarget", "False")) == COUNTED


def test_the_first_matching_rule_decides() -> None:
    found = judged(FAILED, on_code("Count", "In", 42), on_code("Ignore", "In", 42))
    assert found == Verdict(None, True, "Count")


def met(done: str, *rules: Object) -> str | None:
    return policies.success(indexed(5, successPolicy={"rules": list(rules)}), indexes.parse(done, 5))


@pytest.mark.parametrize(
    ("done", "rule", "success"),
    [
        ("0", {"succeededIndexes": "0"}, True),
        ("0", {"succeededIndexes": "0-1"}, False),
        ("1", {"succeededIndexes": "0-1", "succeededCount": 1}, True),
        ("2-4", {"succeededIndexes": "0-1", "succeededCount": 1}, False),
        ("1,3", {"succeededCount": 2}, True),
        ("1", {"succeededCount": 2}, False),
        ("0", {"succeededIndexes": "9"}, False),
    ],
)
def test_rules_of_success(done: str, rule: Object, success: bool) -> None:
    assert met(done, rule) == ("Matched rules at index 0" if success else None)


def test_the_message_names_the_rule() -> None:
    assert met("2", {"succeededIndexes": "0"}, {"succeededCount": 1}) == "Matched rules at index 1"


def test_no_policy_is_never_met() -> None:
    assert policies.success(indexed(5), ((0, 4),)) is None
