"""Jobs against a real API server: what a user sees."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from wherry.apimachinery.clock import SystemClock
from wherry.client.resources import JOBS, PODS

from tests.controllers.cluster import Cluster, cluster, running
from tests.controllers.job_cluster import end, events, get_job, has, new_job, pending, status
from tests.support import run

Object = dict[str, Any]
CONTROLLERS = (
    "job-controller",
    "ttl-after-finished-controller",
    "garbage-collector-controller",
    "serviceaccount-controller",
)
TRACKING = "batch.kubernetes.io/job-tracking"


def play(tmp_path: Path, scenario: Callable[[Cluster], Awaitable[None]], scale: float = 1.0) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS, scale=scale) as c:
            await scenario(c)

    run(go(), 20)


def test_a_job_completes(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(JOBS, new_job(completions=3, parallelism=2))
        for pod in await pending(c, 2):
            await end(c, pod)
        await end(c, (await pending(c))[0])
        found = await c.until(JOBS, "j", has("Complete"))
        assert [x["type"] for x in found["status"]["conditions"]] == ["SuccessCriteriaMet", "Complete"]
        assert (found["status"]["succeeded"], found["status"]["uncountedTerminatedPods"]) == (3, {})
        pods = (await c.client.list(PODS, "default"))["items"]
        assert [pod["metadata"].get("finalizers") for pod in pods] == [None] * 3
        assert await events(c, "Completed") == ["Job completed"]

    play(tmp_path, scenario)


def test_a_failed_pod_is_replaced_later_each_time(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(JOBS, new_job(backoffLimit=1))
        await end(c, (await pending(c))[0], 1)
        await c.until(JOBS, "j", status("failed", 1))
        await end(c, (await pending(c))[0], 1)
        found = await c.until(JOBS, "j", has("Failed"))
        assert {x["reason"] for x in found["status"]["conditions"]} == {"BackoffLimitExceeded"}
        assert await events(c, "BackoffLimitExceeded") == ["Job has reached the specified backoff limit"]

    play(tmp_path, scenario, scale=50)


def test_a_failing_job_stops_its_other_pods(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(JOBS, new_job(backoffLimit=0, parallelism=3, completions=3))
        await end(c, (await pending(c, 3))[0], 1)
        found = await c.until(JOBS, "j", has("Failed"))
        assert found["status"]["failed"] == 3
        assert len((await c.client.list(PODS, "default"))["items"]) == 1

    play(tmp_path, scenario)


def test_a_job_rests_while_it_is_suspended(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(JOBS, new_job(parallelism=2, completions=2))
        await pending(c, 2)
        await c.client.patch(JOBS, "j", {"spec": {"suspend": True}}, "default")
        found = await c.until(JOBS, "j", has("Suspended"))
        assert "startTime" not in found["status"]
        await c.until_list(PODS, lambda pods: not pods)
        await c.client.patch(JOBS, "j", {"spec": {"suspend": False}}, "default")
        found = await c.until(JOBS, "j", has("Suspended", "False"))
        assert "failed" not in found["status"]
        await pending(c, 2)
        assert sorted(await events(c, "Suspended", "Resumed")) == ["Job resumed", "Job suspended"]

    play(tmp_path, scenario)


def test_a_job_ends_at_its_deadline(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(JOBS, new_job(activeDeadlineSeconds=60))
        await pending(c)
        found = await c.until(JOBS, "j", has("Failed"))
        assert found["status"]["conditions"][1]["reason"] == "DeadlineExceeded"
        await c.until_list(PODS, lambda pods: not pods)

    play(tmp_path, scenario, scale=100)


def test_ready_pods_are_counted(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(JOBS, new_job(parallelism=2, completions=2))
        await pending(c, 2)
        await c.run_pods("app=j")
        found = await c.until(JOBS, "j", status("ready", 2))
        assert found["status"]["active"] == 2

    play(tmp_path, scenario)


def test_an_indexed_job_tries_each_index_by_its_own_limit(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        spec: Object = {
            "completionMode": "Indexed",
            "completions": 2,
            "parallelism": 2,
            "backoffLimitPerIndex": 1,
        }
        await c.client.create(JOBS, new_job(**spec))
        first = {pod["metadata"]["generateName"]: pod for pod in await pending(c, 2)}
        await end(c, first["j-0-"])
        await end(c, first["j-1-"], 1)
        await c.until(JOBS, "j", status("completedIndexes", "0"))
        again = (await pending(c))[0]
        assert again["metadata"]["annotations"]["batch.kubernetes.io/job-index-failure-count"] == "1"
        await end(c, again, 1)
        found = await c.until(JOBS, "j", has("Failed"))
        assert found["status"]["failedIndexes"] == "1"
        assert found["status"]["conditions"][0]["reason"] == "FailedIndexes"

    play(tmp_path, scenario, scale=50)


def test_a_success_policy_needs_not_all_indexes(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        policy = {"rules": [{"succeededIndexes": "0"}]}
        spec: Object = {
            "completionMode": "Indexed",
            "completions": 3,
            "parallelism": 3,
            "successPolicy": policy,
        }
        await c.client.create(JOBS, new_job(**spec))
        pods = {pod["metadata"]["generateName"]: pod for pod in await pending(c, 3)}
        await end(c, pods["j-0-"])
        found = await c.until(JOBS, "j", has("Complete"))
        assert (found["status"]["succeeded"], found["status"].get("failed")) == (1, None)

    play(tmp_path, scenario)


def test_an_indexed_job_shrinks_and_grows(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(JOBS, new_job(completionMode="Indexed", completions=2, parallelism=2))
        await pending(c, 2)
        await c.client.patch(JOBS, "j", {"spec": {"completions": 4, "parallelism": 4}}, "default")
        await pending(c, 4)
        await c.client.patch(JOBS, "j", {"spec": {"completions": 1, "parallelism": 1}}, "default")
        left = await pending(c, 1)
        assert left[0]["metadata"]["generateName"] == "j-0-"

    play(tmp_path, scenario)


def test_replacements_wait_for_the_end_of_terminating_pods(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(JOBS, new_job(podReplacementPolicy="Failed"))
        name = (await pending(c))[0]["metadata"]["name"]
        hold = {"metadata": {"finalizers": [TRACKING, "example.com/hold"]}}
        await c.client.patch(PODS, name, hold, "default")
        await c.client.delete(PODS, name, "default")
        found = await c.until(JOBS, "j", status("terminating", 1))
        assert found["status"].get("failed") is None
        assert len((await c.client.list(PODS, "default"))["items"]) == 1
        await c.client.patch(PODS, name, {"status": {"phase": "Failed"}}, "default", subresource="status")
        await c.until(JOBS, "j", status("failed", 1))
        await c.client.patch(PODS, name, {"metadata": {"finalizers": None}}, "default")
        await c.until(JOBS, "j", status("active", 1))

    play(tmp_path, scenario, scale=50)


def test_orphans_are_adopted_and_strays_released(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(JOBS, new_job(parallelism=1))
        name = (await pending(c))[0]["metadata"]["name"]
        await c.client.patch(PODS, name, {"metadata": {"ownerReferences": None}}, "default")
        await c.until(PODS, name, lambda p: bool(p["metadata"].get("ownerReferences")))
        await c.until(PODS, name, lambda p: p["metadata"].get("finalizers") == [TRACKING])
        await c.client.patch(PODS, name, {"metadata": {"labels": None}}, "default")
        found = await c.until(PODS, name, lambda p: not p["metadata"].get("ownerReferences"))
        assert "finalizers" not in found["metadata"]

    play(tmp_path, scenario)


def test_a_deleted_job_takes_its_pods_along(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(JOBS, new_job(parallelism=2, completions=2))
        await pending(c, 2)
        await c.client.delete(JOBS, "j", "default", propagation="Background")
        await c.until_list(PODS, lambda pods: not pods)

    play(tmp_path, scenario)


def test_orphaned_pods_lose_the_finalizer(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(JOBS, new_job())
        name = (await pending(c))[0]["metadata"]["name"]
        await c.client.delete(JOBS, "j", "default", propagation="Orphan")
        await c.until(JOBS, "j", lambda found: not found)
        await c.until(PODS, name, lambda p: not p["metadata"].get("finalizers"))

    play(tmp_path, scenario)


def test_finished_jobs_go_when_their_time_is_up(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(JOBS, new_job("stays"))
        await end(c, (await pending(c))[0])
        await c.until(JOBS, "stays", has("Complete"))
        await c.client.create(JOBS, new_job(ttlSecondsAfterFinished=100))
        await end(c, (await pending(c))[0])
        await c.until(JOBS, "j", lambda found: not found)
        pods = await c.until_list(PODS, lambda found: len(found) == 1)
        assert pods[0]["metadata"]["labels"]["job-name"] == "stays"
        await c.client.patch(JOBS, "stays", {"spec": {"ttlSecondsAfterFinished": 0}}, "default")
        await c.until(JOBS, "stays", lambda found: not found)

    play(tmp_path, scenario, scale=100)


def test_a_job_of_another_controller_is_left_alone(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(JOBS, new_job(managedBy="example.com/other"))
        await c.client.create(JOBS, new_job("mine"))
        await c.until(JOBS, "mine", status("active", 1))
        assert (await get_job(c))["status"] == {}
        assert len((await c.client.list(PODS, "default"))["items"]) == 1

    play(tmp_path, scenario)


async def versions(c: Cluster) -> dict[str, str]:
    found = [obj for r in (JOBS, PODS) for obj in (await c.client.list(r))["items"]]
    return {obj["metadata"]["uid"]: obj["metadata"]["resourceVersion"] for obj in found}


def test_nothing_is_written_while_pods_run_and_after_they_ended(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(JOBS, new_job("ended"))
        await end(c, (await pending(c))[0])
        await c.until(JOBS, "ended", has("Complete"))
        await c.client.create(JOBS, new_job())
        name = (await pending(c))[0]["metadata"]["name"]
        await c.client.patch(PODS, name, {"status": running("10.9.0.1")}, "default", subresource="status")
        await c.until(JOBS, "j", status("ready", 1))
        clock = SystemClock(scale=200)
        before = await versions(c)
        await clock.sleep(60)
        assert await versions(c) == before

    play(tmp_path, scenario, scale=200)
