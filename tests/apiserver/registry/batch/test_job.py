"""Job: defaults, the generated selector, validation, what an update may change."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import UID, Kind

JOB = Kind("batch", "v1", "Job")
TEMPLATE = {"spec": {"containers": [{"name": "c", "image": "app:1"}], "restartPolicy": "Never"}}
LABELS = {
    "batch.kubernetes.io/controller-uid": UID,
    "batch.kubernetes.io/job-name": "a",
    "controller-uid": UID,
    "job-name": "a",
}


def body(**spec: Any) -> dict[str, Any]:
    return {"spec": {"template": TEMPLATE, **spec}}


def test_defaults_run_one_pod_to_completion() -> None:
    spec = JOB.defaulted(body())["spec"]
    assert (spec["completions"], spec["parallelism"], spec["backoffLimit"]) == (1, 1, 6)
    assert (spec["completionMode"], spec["suspend"]) == ("NonIndexed", False)
    assert spec["podReplacementPolicy"] == "TerminatingOrFailed"


def test_parallelism_alone_leaves_completions_open() -> None:
    assert "completions" not in JOB.defaulted(body(parallelism=2))["spec"]


def test_a_limit_per_index_lifts_the_limit_of_the_whole() -> None:
    spec = body(completionMode="Indexed", completions=2, backoffLimitPerIndex=1)
    assert JOB.defaulted(spec)["spec"]["backoffLimit"] == 2147483647


def test_a_failure_policy_replaces_only_failed_pods() -> None:
    policy = {"rules": [{"action": "Ignore", "onPodConditions": [{"type": "X"}]}]}
    spec = JOB.defaulted(body(podFailurePolicy=policy))["spec"]
    assert spec["podReplacementPolicy"] == "Failed"
    assert spec["podFailurePolicy"]["rules"][0]["onPodConditions"][0]["status"] == "True"


def test_the_selector_and_labels_are_generated() -> None:
    spec = JOB.created(body())["spec"]
    assert spec["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": UID}}
    assert spec["template"]["metadata"]["labels"] == LABELS
    assert JOB.problems(body()) == []


def test_the_job_takes_its_pods_labels_once_it_is_valid() -> None:
    job = JOB.created(body())
    assert "labels" not in job["metadata"]
    JOB.strategy.allocate(JOB.context, job, None)
    assert job["metadata"]["labels"] == LABELS


def test_a_manual_selector_is_left_alone() -> None:
    template = {**TEMPLATE, "metadata": {"labels": {"app": "a"}}}
    manual = body(manualSelector=True, selector={"matchLabels": {"app": "a"}}, template=template)
    assert JOB.created(manual)["spec"]["selector"] == {"matchLabels": {"app": "a"}}
    assert JOB.problems(manual) == []


def test_a_selector_of_ones_own_needs_the_manual_flag() -> None:
    problems = JOB.problems(body(selector={"matchLabels": {"a": "b"}}))
    assert [p.split(":")[0] for p in problems] == ["spec.selector", "spec.template.metadata.labels"]
    assert problems[0].endswith("`selector` not auto-generated")


INDEXED = {"completionMode": "Indexed", "completions": 2}


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"parallelism": -1}, "spec.parallelism: Invalid value: -1: must be greater than or equal to 0"),
        (
            {"completionMode": "Random"},
            'spec.completionMode: Unsupported value: "Random": supported values: "NonIndexed", "Indexed"',
        ),
        (
            {**INDEXED, "backoffLimitPerIndex": 1, "maxFailedIndexes": 5},
            "spec.maxFailedIndexes: Invalid value: 5: must be less than or equal to completions",
        ),
        (
            {**INDEXED, "successPolicy": {"rules": [{"succeededIndexes": "0,x"}]}},
            'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0,x": error parsing '
            'succeededIndexes: cannot convert string to integer for index: "x"',
        ),
        (
            {**INDEXED, "successPolicy": {"rules": [{"succeededIndexes": "1,0"}]}},
            'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "1,0": error parsing '
            "succeededIndexes: non-increasing order, previous: 1, current: 0",
        ),
        (
            {"successPolicy": {"rules": [{"succeededCount": 1}]}},
            'spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}: '
            "requires indexed completion mode",
        ),
        (
            {"managedBy": "no-slash"},
            'spec.managedBy: Invalid value: "no-slash": '
            'must be a domain-prefixed path (such as "acme.io/foo")',
        ),
        (
            {"podReplacementPolicy": "Soon"},
            'spec.podReplacementPolicy: Unsupported value: "Soon": '
            'supported values: "Failed", "TerminatingOrFailed"',
        ),
    ],
)
def test_what_is_refused(spec: dict[str, Any], problem: str) -> None:
    assert JOB.problems(body(**spec)) == [problem]


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (
            {"onPodConditions": [{"type": "X"}]},
            'action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
        ),
        (
            {"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [1]}},
            'action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
        ),
        (
            {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [0]}},
            "onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator",
        ),
        (
            {"action": "Ignore", "onExitCodes": {"containerName": "z", "operator": "In", "values": [1]}},
            'onExitCodes.containerName: Invalid value: "z": '
            "must be one of the container or initContainer names in the pod template",
        ),
    ],
)
def test_failure_rules(rule: dict[str, Any], problem: str) -> None:
    assert JOB.problems(body(podFailurePolicy={"rules": [rule]})) == [
        f"spec.podFailurePolicy.rules[0].{problem}"
    ]


@pytest.mark.parametrize("policy", ["Always", None])
def test_pods_of_a_job_do_not_restart_for_ever(policy: str | None) -> None:
    pod = {**TEMPLATE["spec"], "restartPolicy": policy}
    assert JOB.problems(body(template={"spec": pod})) == [
        'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'
    ]


def suspended(**pod: Any) -> dict[str, Any]:
    """A suspended Job as its second version would be sent: with what the server generated."""
    spec = JOB.created(body(suspend=True))["spec"]
    return {"spec": {**spec, "template": {**spec["template"], "spec": {**spec["template"]["spec"], **pod}}}}


def test_where_the_pods_of_a_suspended_job_go_may_change() -> None:
    before = body(suspend=True)
    assert JOB.update_problems(before, suspended(nodeSelector={"a": "b"})) == []
    image = [{"name": "c", "image": "app:2"}]
    (problem,) = JOB.update_problems(before, suspended(containers=image))
    assert problem.startswith("spec.template.spec: ") and problem.endswith("field is immutable")


@pytest.mark.parametrize(
    ("status", "may"),
    (
        ({}, True),
        ({"startTime": "2026-01-01T00:00:00Z"}, False),
        (
            {"startTime": "2026-01-01T00:00:00Z", "conditions": [{"type": "Suspended", "status": "True"}]},
            True,
        ),
        ({"active": 1, "conditions": [{"type": "Suspended", "status": "True"}]}, False),
    ),
)
def test_resources_change_while_suspended_and_no_pod_runs(status: dict[str, Any], may: bool) -> None:
    asked = [{"name": "c", "image": "app:1", "resources": {"requests": {"cpu": "2"}}}]
    before = body(suspend=True) | {"status": status}
    assert bool(JOB.update_problems(before, suspended(containers=asked))) != may


def test_completions_of_an_indexed_job_follow_its_parallelism() -> None:
    spec = JOB.created(body(**INDEXED, parallelism=2))["spec"]
    before = body(**INDEXED, parallelism=2)
    assert JOB.update_problems(before, {"spec": {**spec, "completions": 3, "parallelism": 3}}) == []
    problem = "spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism"
    assert JOB.update_problems(before, {"spec": {**spec, "completions": 3}}) == [problem]


@pytest.mark.parametrize(
    ("status", "facts"),
    [
        ({}, ("Running", "0/1", "")),
        ({"startTime": "2025-12-31T23:59:30Z"}, ("Running", "0/1", "30s")),
        (
            {
                "succeeded": 1,
                "startTime": "2025-12-31T23:00:00Z",
                "completionTime": "2025-12-31T23:00:05Z",
                "conditions": [{"type": "Complete", "status": "True"}],
            },
            ("Complete", "1/1", "5s"),
        ),
        ({"conditions": [{"type": "Suspended", "status": "True"}]}, ("Suspended", "0/1", "")),
    ],
)
def test_the_row_of_a_table(status: dict[str, Any], facts: tuple[str, ...]) -> None:
    assert tuple(JOB.cells({**body(), "status": status})[1:4]) == facts


def test_jobs_are_selected_by_success() -> None:
    getter = JOB.resource.selectable["status.successful"]
    assert (getter({}), getter({"status": {"succeeded": 2}})) == ("0", "2")


def test_deleting_a_job_spares_its_pods_unless_told_otherwise() -> None:
    assert JOB.strategy.orphans_by_default
    assert JOB.strategy.propagation_warning.startswith("child pods are preserved by default")


def test_what_may_not_change_is_shown_as_the_internal_type() -> None:
    template = {**TEMPLATE, "metadata": {"labels": {"z": "1", "a": "2"}}}
    after = body(template=template, podFailurePolicy={"rules": [{"action": "Ignore"}]})
    problems = JOB.update_problems(body(manualSelector=True, selector={}), after)
    shown = next(p for p in problems if p.startswith("spec.template: "))
    assert shown.startswith('spec.template: Invalid value: {"labels":{"a":"2",')
    assert '"Spec":{"Volumes":null,"InitContainers":null,"Containers":[{"Name":"c","Image":"app:1",' in shown
    assert '"FSGroupChangePolicy":null,"Sysctls":null,"SeccompProfile":null,' in shown
    policy = '{"Rules":[{"Action":"Ignore","OnExitCodes":null,"OnPodConditions":null}]}'
    assert f"spec.podFailurePolicy: Invalid value: {policy}: field is immutable" in problems


def test_a_suspended_job_may_change_the_metadata_of_its_pods() -> None:
    template = {**TEMPLATE, "metadata": {"generateName": "x"}}
    assert not [
        problem
        for problem in JOB.update_problems(body(suspend=True), body(suspend=True, template=template))
        if problem.startswith("spec.template: ")
    ]


def test_any_selector_that_the_generated_labels_match_will_do() -> None:
    job = JOB.created(body())
    job["spec"]["selector"] = {"matchExpressions": [{"key": "job-name", "operator": "Exists"}]}
    assert JOB.strategy.validate_create(JOB.context, job) == []
    job["spec"]["selector"] = {"matchLabels": {"job-name": "b"}}
    problems = [str(error) for error in JOB.strategy.validate_create(JOB.context, job)]
    assert problems[0].endswith("`selector` not auto-generated")


def test_a_mode_that_is_unknown_is_all_that_is_wrong() -> None:
    (problem,) = JOB.problems(body(completionMode="Random", backoffLimitPerIndex=1, maxFailedIndexes=2))
    assert problem.startswith('spec.completionMode: Unsupported value: "Random"')


def test_too_many_indexes_at_a_time_are_warned_about() -> None:
    many = {"completionMode": "Indexed", "completions": 100_001, "parallelism": 10_001}
    (warning,) = JOB.warnings(body(**many))
    assert warning.startswith("spec: In Indexed Jobs with a number of completions higher than 10^5")


def test_warnings_of_a_new_job_are_about_its_name_its_indexes_and_its_template() -> None:
    new = JOB.created(body(completionMode="Indexed", completions=100_001, parallelism=10_001))
    new["metadata"]["name"] = "a.b"
    container = new["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": "e", "value": "1"}, {"name": "e", "value": "2"}]
    found = JOB.strategy.warnings(JOB.context, new, None)
    assert [text.split(": ")[0] for text in found] == [
        "metadata.name",
        "spec",
        "spec.template.spec.containers[0].env[1]",
    ]
    assert JOB.strategy.warnings(JOB.context, new, new) == []
