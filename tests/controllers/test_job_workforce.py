"""Which pods a Job makes, how they look, and which it deletes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from wherry.controllers.job import workforce
from wherry.controllers.job.backoff import Record
from wherry.controllers.job.controller import batch_seconds

from tests.controllers.jobs import FAILURES, INDEX, NOW, TRACKING, Object, indexed, job, job_pod, look


def names(pods: list[Object]) -> list[str]:
    return [pod["metadata"]["name"] for pod in pods]


def running(count: int) -> list[Object]:
    return [job_pod(f"r{number}") for number in range(count)]


@pytest.mark.parametrize(
    ("spec", "status", "count"),
    [
        ({"parallelism": 3, "completions": 9}, {}, 3),
        ({"parallelism": 3, "completions": 2}, {}, 2),
        ({"parallelism": 3, "completions": 9}, {"succeeded": 8}, 1),
        ({"parallelism": 0, "completions": 9}, {}, 0),
        ({"parallelism": 3, "completions": 2}, {"succeeded": 4}, 0),
        ({"parallelism": 3, "completions": None}, {}, 3),
        ({"parallelism": 3, "suspend": True}, {}, 0),
    ],
)
def test_how_many_pods_there_should_be(spec: Object, status: Object, count: int) -> None:
    seen = look(job(status, **spec))
    assert workforce.wanted(seen) == count
    assert workforce.missing(seen) == ([None] * count, 0.0)


def test_after_a_first_success_a_work_queue_gets_no_more_pods() -> None:
    seen = look(job({"succeeded": 1}, parallelism=3, completions=None), *running(2))
    assert workforce.missing(seen) == ([], 0.0)
    assert workforce.surplus(seen) == []


def test_those_that_have_done_least_are_given_up() -> None:
    ready = [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:10:00Z"}]
    pods = [job_pod("ready", conditions=ready), job_pod("running"), job_pod("pending", "Pending")]
    seen = look(job(parallelism=1, completions=9), *pods)
    assert names(workforce.surplus(seen)) == ["pending", "running"]


def test_a_suspended_job_gives_up_all() -> None:
    assert len(workforce.surplus(look(job(parallelism=3, suspend=True), *running(3)))) == 3


def test_pods_without_a_place_go_first() -> None:
    odd = [job_pod("none"), job_pod("beyond", index=7)]
    doubles = [job_pod("waiting", "Pending", index=1), job_pod("at-it", index=1)]
    seen = look(indexed(3), *odd, *doubles, job_pod("fine", index=0))
    assert names(workforce.surplus(seen)) == ["none", "beyond", "waiting"]


def test_the_lowest_free_indexes_are_next() -> None:
    seen = look(indexed(6, 3, status={"completedIndexes": "0"}), job_pod("p", index=2))
    assert workforce.missing(seen) == ([1, 3], 0.0)


def test_a_failed_pod_delays_its_replacement() -> None:
    seen = look(job(), backoff=Record(2, NOW - timedelta(seconds=5)))
    assert workforce.missing(seen) == ([], 15.0)


def test_a_terminating_pod_is_replaced_at_once_or_when_it_ended() -> None:
    later = NOW + timedelta(hours=1)
    pod = job_pod("p", deleted=True)
    assert workforce.missing(look(job(), pod, now=later)) == ([None], 0.0)
    assert workforce.missing(look(job(podReplacementPolicy="Failed"), pod, now=later)) == ([], 0.0)
    waiting = look(indexed(2, 2, podReplacementPolicy="Failed"), job_pod("p", index=0, deleted=True))
    assert workforce.missing(waiting) == ([1], 0.0)


def lost(index: int, at: datetime, tries: int = 0) -> Object:
    stamp = at.isoformat(timespec="seconds")
    return job_pod(f"f{index}", "Failed", index=index, code=1, at=stamp, annotations={FAILURES: str(tries)})


def test_each_index_waits_for_itself() -> None:
    owner = indexed(3, backoffLimitPerIndex=5)
    recent, old = lost(0, NOW), lost(1, NOW - timedelta(minutes=1))
    assert workforce.missing(look(owner, recent, old)) == ([1, 2], 0.0)
    seen = look(owner, recent, job_pod("b", index=1), job_pod("c", index=2))
    assert workforce.missing(seen) == ([], 10.0)


def test_a_failed_index_is_not_tried_again() -> None:
    seen = look(indexed(3, backoffLimitPerIndex=0, status={"failedIndexes": "1"}))
    assert workforce.missing(seen) == ([0, 2], 0.0)


def test_a_pod_is_owned_and_tracked() -> None:
    pod = workforce.new_pod(look(job()), None)
    assert pod["metadata"]["generateName"] == "j-"
    assert pod["metadata"]["finalizers"] == [TRACKING]
    assert pod["metadata"]["ownerReferences"][0]["kind"] == "Job"
    assert "hostname" not in pod["spec"]


def test_a_pod_of_an_index_knows_it_everywhere() -> None:
    pod = workforce.new_pod(look(indexed()), 2)
    meta = pod["metadata"]
    assert (meta["generateName"], pod["spec"]["hostname"]) == ("j-2-", "j-2")
    assert (meta["labels"][INDEX], meta["annotations"]) == ("2", {INDEX: "2"})
    source = {"fieldRef": {"fieldPath": f"metadata.labels['{INDEX}']"}}
    assert pod["spec"]["containers"][0]["env"] == [{"name": "JOB_COMPLETION_INDEX", "valueFrom": source}]


def test_a_variable_of_that_name_is_left_alone() -> None:
    owner = indexed()
    mine = [{"name": "JOB_COMPLETION_INDEX", "value": "x"}]
    owner["spec"]["template"]["spec"]["containers"][0]["env"] = mine
    assert workforce.new_pod(look(owner), 0)["spec"]["containers"][0]["env"] == mine


def test_a_long_name_keeps_room_for_the_index() -> None:
    owner = indexed()
    owner["metadata"]["name"] = "x" * 63
    name = workforce.new_pod(look(owner), 12)["metadata"]["generateName"]
    assert name == "x" * 54 + "-12-"


def test_a_replacement_carries_the_count_of_its_index() -> None:
    seen = look(indexed(backoffLimitPerIndex=5), lost(1, NOW - timedelta(minutes=5), 2))
    assert workforce.new_pod(seen, 1)["metadata"]["annotations"][FAILURES] == "3"
    assert workforce.new_pod(seen, 0)["metadata"]["annotations"][FAILURES] == "0"


@pytest.mark.parametrize(("pods", "seconds"), [(0, 0.1), (500, 0.2), (4500, 1.0), (100_000, 1.0)])
def test_large_jobs_are_looked_at_less_often(pods: int, seconds: float) -> None:
    assert batch_seconds(pods) == pytest.approx(seconds)
