"""Jobs as the conformance tests use them (upstream: test/e2e/apps/job.go)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import MERGE_PATCH, STRATEGIC_PATCH, Api
from tests.conformance.apps.job_objects import (
    FAIL_ODD,
    FAIL_ONCE,
    NOT_TERMINATE_ONCE,
    SUCCEED_FIRST,
    Jobs,
    indexed,
    job,
)
from tests.e2e.waiting import until

Object = dict[str, Any]
ON_ONE: Object = {"onExitCodes": {"operator": "In", "values": [1]}}
DISRUPTED: Object = {"onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}


@pytest.fixture
def jobs(api: Api, namespace: str) -> Jobs:
    return Jobs(api, namespace)


@pytest.fixture
def node(api: Api) -> str:
    return api.names("/api/v1/nodes")[0]


def policy(action: str, *rules: Object) -> Object:
    return {"rules": [{"action": action, **rule} for rule in rules]}


def test_success(jobs: Jobs) -> None:
    """«should run a job to completion when tasks succeed»"""
    status = jobs.complete(jobs.make(job("all-succeed", "exit 0")))
    assert status["succeeded"] == 4
    assert len(jobs.pods("Succeeded")) == 4


def test_an_exit_code_fails_the_job(jobs: Jobs, node: str) -> None:
    """«should allow to use the pod failure policy on exit code to fail the job early»"""
    made = job("failjob", FAIL_ONCE, node=node, podFailurePolicy=policy("FailJob", ON_ONE))
    jobs.failed(jobs.make(made), "PodFailurePolicy")


def test_an_exit_code_is_ignored(jobs: Jobs, node: str) -> None:
    """«should allow to use the pod failure policy to not count the failure towards the backoffLimit»"""
    ignored = policy("Ignore", ON_ONE)
    made = job("ignore", FAIL_ONCE, node=node, backoffLimit=0, podFailurePolicy=ignored)
    assert jobs.complete(jobs.make(made))["succeeded"] == 4


@pytest.mark.parametrize(
    "rules",
    (
        pytest.param(({"onExitCodes": {"operator": "In", "values": [1, 137]}},), id="exit-code"),
        pytest.param((ON_ONE, DISRUPTED), id="condition"),
    ),
)
def test_an_eviction_is_ignored(jobs: Jobs, node: str, namespace: str, rules: tuple[Object, ...]) -> None:
    """«should allow to use a pod failure policy to ignore failure for an evicted pod; matching on the exit
    code», «… matching on the DisruptionTarget condition»"""
    path = jobs.make(
        indexed(
            namespace,
            NOT_TERMINATE_ONCE,
            node=node,
            backoffLimit=0,
            podFailurePolicy=policy("Ignore", *rules),
        )
    )
    until(lambda: len(jobs.pods("Succeeded")) == 3, what="the other indexes")
    (pod,) = jobs.running(1)
    name = pod["metadata"]["name"]
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
    jobs.api.create(f"{jobs.pod_path}/{name}/eviction", eviction)
    until(lambda: jobs.api.gone(f"{jobs.pod_path}/{name}"))
    assert jobs.complete(path)["succeeded"] == 4


def test_suspended_from_the_beginning(jobs: Jobs) -> None:
    """«should not create pods when created in suspend state»"""
    path = jobs.make(job("resumed", "exit 0", suspend=True))
    assert jobs.condition(path, "Suspended")["reason"] == "JobSuspended"
    assert jobs.pods() == []
    jobs.api.change(path, lambda obj: obj["spec"].update(suspend=False))
    jobs.complete(path)


def test_suspended_later(jobs: Jobs) -> None:
    """«should delete pods when suspended»"""
    path = jobs.make(job("suspended", "", suspend=False))
    jobs.running(2)
    jobs.api.change(path, lambda obj: obj["spec"].update(suspend=True))
    until(lambda: not jobs.pods(), what="no pods")
    jobs.condition(path, "Suspended")


def test_replacement_of_failed_pods_only(jobs: Jobs) -> None:
    """«should recreate pods only after they have failed if pod replacement policy is set to Failed»"""
    script = "_term(){\n sleep 1\n exit 143\n}\ntrap _term SIGTERM\nwhile true; do\n sleep 0.1\ndone"
    spec: Object = {"parallelism": 1, "completions": 1, "backoffLimit": 1, "podReplacementPolicy": "Failed"}
    path = jobs.make(job("recreated", script, **spec))
    (pod,) = jobs.running(1)
    jobs.api.delete(f"{jobs.pod_path}/{pod['metadata']['name']}", gracePeriodSeconds=300)
    counts = ("active", "failed", "terminating")

    def seen(status: Object) -> tuple[int, ...]:
        return tuple(status.get(field, 0) for field in counts)

    jobs.when(path, lambda status: seen(status) == (0, 0, 1), "the pod to end first")
    jobs.when(path, lambda status: seen(status) == (1, 1, 0), "another pod")


def test_indexes(jobs: Jobs) -> None:
    """«should create pods for an Indexed job with completion indexes and specified hostname»"""
    jobs.complete(jobs.make(indexed("indexed-job", "exit 0")))
    key = "batch.kubernetes.io/job-completion-index"
    found = {pod["metadata"]["annotations"][key]: pod["spec"]["hostname"] for pod in jobs.pods("Succeeded")}
    assert found == {str(index): f"indexed-job-{index}" for index in range(4)}


def test_failures_per_index(jobs: Jobs) -> None:
    """«should execute all indexes despite some failing when using backoffLimitPerIndex»"""
    status = jobs.failed(jobs.make(indexed("per-index", FAIL_ODD, backoffLimitPerIndex=1)), "FailedIndexes")
    assert (status["failedIndexes"], status["completedIndexes"]) == ("1,3", "0,2")
    assert (status["failed"], status["succeeded"]) == (4, 2)


def test_too_many_failed_indexes(jobs: Jobs) -> None:
    """«should terminate job execution when the number of failed indexes exceeds maxFailedIndexes»"""
    made = indexed("most-failed", "exit 1", parallelism=1, backoffLimitPerIndex=0, maxFailedIndexes=0)
    status = jobs.failed(jobs.make(made), "MaxFailedIndexesExceeded")
    assert (status["failedIndexes"], status["failed"]) == ("0", 1)


def test_an_exit_code_fails_the_index(jobs: Jobs) -> None:
    """«should mark indexes as failed when the FailIndex action is matched in podFailurePolicy»"""
    rules = policy("FailIndex", ON_ONE)
    made = indexed("fail-index", FAIL_ODD, completions=2, backoffLimitPerIndex=1, podFailurePolicy=rules)
    status = jobs.failed(jobs.make(made), "FailedIndexes")
    assert (status["failedIndexes"], status["completedIndexes"]) == ("1", "0")
    assert (status["failed"], status["succeeded"]) == (1, 1)


@pytest.mark.parametrize(
    ("rule", "script", "done"),
    (
        pytest.param({"succeededIndexes": "0"}, SUCCEED_FIRST, "0", id="indexes"),
        pytest.param({"succeededCount": 1}, SUCCEED_FIRST, "0", id="count"),
        pytest.param({"succeededIndexes": "0-1"}, "exit 0", "0,1", id="all"),
    ),
)
def test_success_policies(jobs: Jobs, rule: Object, script: str, done: str) -> None:
    """«with successPolicy should succeeded when all indexes succeeded», «with successPolicy succeededIndexes
    rule should succeeded even when some indexes remain pending», «with successPolicy succeededCount rule
    should succeeded even when some indexes remain pending»"""
    path = jobs.make(indexed("policy", script, completions=2, successPolicy={"rules": [rule]}))
    status = jobs.complete(path)
    assert (status["completedIndexes"], status["succeeded"]) == (done, len(done.split(",")))
    assert status.get("active", 0) == status["ready"] == status["terminating"] == 0
    reasons = {condition["reason"] for condition in status["conditions"]}
    assert reasons <= {"SuccessPolicy", "CompletionsReached"}


def test_deletion(jobs: Jobs) -> None:
    """«should delete a job», «should remove pods when job is deleted»"""
    path = jobs.make(job("foo", ""))
    jobs.running(2)
    jobs.api.delete(path, propagationPolicy="Foreground")
    until(lambda: jobs.api.gone(path))
    until(lambda: not jobs.pods())


def test_containers_restart_in_place(jobs: Jobs) -> None:
    """«should run a job to completion when tasks sometimes fail and are locally restarted»"""
    made = job("fail-once-local", FAIL_ONCE, restart="OnFailure")
    assert jobs.complete(jobs.make(made))["succeeded"] == 4
    restarts = [pod["status"]["containerStatuses"][0]["restartCount"] for pod in jobs.pods()]
    assert restarts == [1] * 4


def test_pods_are_replaced(jobs: Jobs, node: str) -> None:
    """«should run a job to completion when tasks sometimes fail and are not locally restarted»"""
    status = jobs.complete(jobs.make(job("fail-once-non-local", FAIL_ONCE, node=node)))
    assert status["succeeded"] == 4 and status["failed"] >= 1


def test_a_deadline(jobs: Jobs) -> None:
    """«should fail when exceeds active deadline»"""
    jobs.failed(jobs.make(job("deadline", "", activeDeadlineSeconds=10)), "DeadlineExceeded")
    until(lambda: not jobs.pods("Running"))


def test_a_backoff_limit(jobs: Jobs) -> None:
    """«should fail to exceed backoffLimit»"""
    made = job("backofflimit", "exit 1", parallelism=1, completions=1, backoffLimit=1)
    jobs.failed(jobs.make(made), "BackoffLimitExceeded")
    assert [pod["status"]["phase"] for pod in jobs.pods()] == ["Failed"] * 2


def test_adoption_and_release(jobs: Jobs) -> None:
    """«should adopt matching orphans and release non-matching pods»"""
    path = jobs.make(job("adopt-release", ""))
    pod = f"{jobs.pod_path}/{jobs.running(2)[0]['metadata']['name']}"
    uid = jobs.api.get(path)["metadata"]["uid"]

    def owners() -> list[str]:
        return [ref["uid"] for ref in jobs.api.get(pod)["metadata"].get("ownerReferences") or ()]

    jobs.api.change(pod, lambda obj: obj["metadata"].pop("ownerReferences"))
    until(lambda: owners() == [uid], what="adoption")
    jobs.api.change(pod, lambda obj: obj["metadata"].pop("labels"))
    until(lambda: owners() == [], what="release")


def test_another_controller_manages(jobs: Jobs) -> None:
    """«should allow to delegate reconciliation to external controller»"""
    path = jobs.make(job("managed", "exit 0", managedBy="example.com/custom-job-controller"))
    jobs.complete(jobs.make(job("ours", "exit 0")))
    assert not [pod for pod in jobs.pods() if pod["metadata"]["labels"]["job-name"] == "managed"]
    now = "2026-01-01T00:00:00Z"
    status = {"status": {"startTime": now, "ready": 0, "terminating": 0, "active": 2}}
    assert jobs.api.patch(f"{path}/status", status)["status"]["active"] == 2
    assert "conditions" not in jobs.api.get(path)["status"]


def test_elastic_indexed_jobs(jobs: Jobs) -> None:
    """«should support elastic Indexed Jobs»: completions and parallelism change together"""
    path = jobs.make(indexed("elastic", "", parallelism=3, completions=3))
    jobs.running(3)
    jobs.api.patch(path, {"spec": {"parallelism": 1, "completions": 1}})
    (left,) = jobs.running(1)
    assert left["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"] == "0"
    jobs.api.fails(422, "PATCH", path, {"spec": {"completions": 2}}, content_type=MERGE_PATCH)


def test_status(jobs: Jobs) -> None:
    """«should apply changes to a job status», «should update the status ready field»"""
    path = jobs.make(job("status", ""))
    jobs.running(2)
    jobs.when(path, lambda status: status.get("ready") == 2, "two ready pods")
    custom = {"type": "CustomConditionType", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    body = {"metadata": {"annotations": {"patchedstatus": "true"}}, "status": {"conditions": [custom]}}
    patched = jobs.api.patch(f"{path}/status", body, MERGE_PATCH)
    assert patched["metadata"]["annotations"]["patchedstatus"] == "true"
    (condition,) = [c for c in patched["status"]["conditions"] if c["type"] == custom["type"]]
    assert condition["lastTransitionTime"] == custom["lastTransitionTime"]
    second = {**custom, "type": "SecondCondition"}
    updated = jobs.api.change(path, lambda obj: obj["status"]["conditions"].append(second), "/status")
    assert {custom["type"], second["type"]} <= {c["type"] for c in updated["status"]["conditions"]}
    assert jobs.api.get(f"{path}/status")["kind"] == "Job"


def test_life(jobs: Jobs, namespace: str) -> None:
    """«should manage the lifecycle of a job»"""
    path = jobs.make(job("e2e", "exit 0", suspend=True))
    jobs.api.patch(path, {"metadata": {"labels": {"e2e": "patched"}}}, STRATEGIC_PATCH)
    jobs.api.change(path, lambda obj: obj["metadata"].setdefault("annotations", {}).update(updated="true"))
    jobs.api.change(path, lambda obj: obj["spec"].update(suspend=False))
    jobs.complete(path)
    everywhere = jobs.api.get("/apis/batch/v1/jobs", labelSelector="e2e=patched")["items"]
    assert [found["metadata"]["namespace"] for found in everywhere] == [namespace]
    jobs.api.delete(jobs.path, labelSelector="e2e=patched", propagationPolicy="Background")
    until(lambda: jobs.api.gone(path) and not jobs.pods())


def test_a_time_to_live(jobs: Jobs) -> None:
    """test/e2e/apps/ttl_after_finished.go: «job should be deleted once it finishes after TTL seconds»"""
    made = job("short-lived", "exit 0", ttlSecondsAfterFinished=20)
    made["metadata"]["finalizers"] = ["example.com/dummy"]
    path = jobs.make(made)
    jobs.complete(path)
    until(lambda: "deletionTimestamp" in jobs.api.get(path)["metadata"], what="deletion")
    jobs.api.patch(path, {"metadata": {"finalizers": None}})
    until(lambda: jobs.api.gone(path) and not jobs.pods())
