"""What a Job's pod failure policy and success policy say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from . import indexes
from .indexes import Intervals

Object = dict[str, Any]


class Verdict(NamedTuple):
    """`message` is set when the Job must fail; `counts` whether the failure counts towards the limits."""

    message: str | None = None
    counts: bool = True
    action: str = ""


def judge(job: Object, pod: Object) -> Verdict:
    """The verdict of the first rule that matches a failed pod."""
    policy = job["spec"].get("podFailurePolicy")
    for number, rule in enumerate((policy or {}).get("rules") or ()):
        found = _matched(rule, pod)
        if found is None:
            continue
        action = rule["action"]
        if action == "FailJob":
            return Verdict(f"{found} matching {action} rule at index {number}", True, action)
        return Verdict(None, action != "Ignore", action)
    return Verdict()


def _matched(rule: Object, pod: Object) -> str | None:
    """Begins the message about a pod that the rule matches."""
    meta, status = pod["metadata"], pod.get("status", {})
    name = f"{meta['namespace']}/{meta['name']}"
    if rule.get("onExitCodes") is not None:
        for field in ("containerStatuses", "initContainerStatuses"):
            found = _container(status.get(field) or (), rule["onExitCodes"])
            if found is not None:
                code = found["state"]["terminated"]["exitCode"]
                return f"Container {found['name']} for pod {name} failed with exit code {code}"
        return None
    for condition in status.get("conditions") or ():
        for pattern in rule.get("onPodConditions") or ():
            wanted = (pattern.get("type"), pattern.get("status", "True"))
            if (condition.get("type"), condition.get("status")) == wanted:
                return f"Pod {name} has condition {condition['type']}"
    return None


def _container(statuses: Iterable[Object], requirement: Object) -> Object | None:
    values = requirement.get("values") or ()
    for status in statuses:
        terminated = (status.get("state") or {}).get("terminated")
        code = terminated.get("exitCode", 0) if terminated is not None else 0
        if code == 0 or requirement.get("containerName") not in (None, status["name"]):
            continue
        if (code in values) == (requirement.get("operator") == "In"):
            return status
    return None


def success(job: Object, succeeded: Intervals) -> str | None:
    """The message of the first rule of the success policy that is met."""
    policy = job["spec"].get("successPolicy")
    if policy is None or not succeeded:
        return None
    for number, rule in enumerate(policy.get("rules") or ()):
        if _succeeded(rule, succeeded, job["spec"]["completions"]):
            return f"Matched rules at index {number}"
    return None


def _succeeded(rule: Object, succeeded: Intervals, completions: int) -> bool:
    count = rule.get("succeededCount")
    if rule.get("succeededIndexes") is None:
        return count is not None and indexes.total(succeeded) >= count
    required = indexes.parse(rule["succeededIndexes"], completions)
    if not required:
        return False
    done = indexes.common(required, succeeded)
    return done == indexes.total(required) or (count is not None and done >= count)
