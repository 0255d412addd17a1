"""CronJobs against a real API server, a minute of their time in a fraction of a second."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from wherry.apimachinery.clock import SystemClock
from wherry.client.resources import CRONJOBS, EVENTS, JOBS

from tests.controllers.cluster import Cluster, cluster
from tests.controllers.job_cluster import end, events, new_job, pending
from tests.support import run

Object = dict[str, Any]
CONTROLLERS = (
    "cronjob-controller",
    "job-controller",
    "garbage-collector-controller",
    "serviceaccount-controller",
)
SCALE = 100.0


def cron_job(schedule: str = "* * * * *", **spec: Any) -> Object:
    template = {"metadata": {"labels": {"of": "cj"}}, "spec": new_job()["spec"]}
    return {
        "kind": "CronJob",
        "apiVersion": "batch/v1",
        "metadata": {"name": "cj", "namespace": "default"},
        "spec": {"schedule": schedule, "jobTemplate": template, **spec},
    }


def play(tmp_path: Path, scenario: Callable[[Cluster], Awaitable[None]]) -> None:
    async def go() -> None:
        async with cluster(tmp_path, *CONTROLLERS, scale=SCALE) as c:
            await scenario(c)

    run(go(), 20)


async def jobs(c: Cluster, check: Callable[[list[Object]], bool]) -> list[Object]:
    return await c.until_list(JOBS, check)


def active(count: int) -> Callable[[Object], bool]:
    return lambda found: len(found.get("status", {}).get("active", [])) == count


def test_a_job_is_made_when_it_is_due(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(CRONJOBS, cron_job())
        made = (await jobs(c, lambda found: len(found) == 1))[0]
        assert made["metadata"]["labels"] == {"of": "cj"}
        assert "batch.kubernetes.io/cronjob-scheduled-timestamp" in made["metadata"]["annotations"]
        found = await c.until(CRONJOBS, "cj", active(1))
        ref = found["status"]["active"][0]
        assert (ref["kind"], ref["name"], ref["uid"]) == (
            "Job",
            made["metadata"]["name"],
            made["metadata"]["uid"],
        )
        await c.client.patch(CRONJOBS, "cj", {"spec": {"suspend": True}}, "default")
        for pod in await pending(c):
            await end(c, pod)
        found = await c.until(CRONJOBS, "cj", active(0))
        assert found["status"]["lastSuccessfulTime"]
        name = made["metadata"]["name"]
        messages = await events(c, "SuccessfulCreate", "SawCompletedJob", kind="CronJob")
        assert messages == [f"Created job {name}", f"Saw completed job: {name}, condition: Complete"]

    play(tmp_path, scenario)


def test_runs_may_overlap(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(CRONJOBS, cron_job())
        await c.until(CRONJOBS, "cj", active(2))
        names = {job["metadata"]["name"] for job in await jobs(c, lambda found: len(found) >= 2)}
        assert len(names) >= 2

    play(tmp_path, scenario)


def test_or_wait_for_the_last_one(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(CRONJOBS, cron_job(concurrencyPolicy="Forbid"))
        await c.until(CRONJOBS, "cj", active(1))
        message = "Not starting job because prior execution is running and concurrency policy is Forbid"
        assert await events(c, "JobAlreadyActive", kind="CronJob") == [message]
        assert len((await c.client.list(JOBS, "default"))["items"]) == 1
        await end(c, (await pending(c))[0])
        await jobs(c, lambda found: len(found) == 2)

    play(tmp_path, scenario)


def test_or_take_its_place(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(CRONJOBS, cron_job(concurrencyPolicy="Replace"))
        first = (await jobs(c, lambda found: len(found) == 1))[0]["metadata"]["uid"]
        found = await jobs(c, lambda found: len(found) == 1 and found[0]["metadata"]["uid"] != first)
        deleted = await events(c, "SuccessfulDelete", kind="CronJob")
        assert deleted[0].startswith("Deleted job cj-")
        assert found[0]["metadata"]["name"].startswith("cj-")

    play(tmp_path, scenario)


def test_only_so_many_finished_jobs_stay(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(CRONJOBS, cron_job(successfulJobsHistoryLimit=1))
        seen: set[str] = set()
        while len(seen) < 3:
            for pod in await pending(c):
                await end(c, pod)
                seen.add(pod["metadata"]["labels"]["job-name"])
        await jobs(c, lambda found: len(found) <= 2)

    play(tmp_path, scenario)


def test_a_finished_job_that_the_limit_takes_is_not_missing(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(CRONJOBS, cron_job(successfulJobsHistoryLimit=0))
        first = (await jobs(c, lambda found: len(found) == 1))[0]
        await end(c, (await pending(c))[0])
        await c.until(JOBS, first["metadata"]["name"], lambda found: not found)
        await jobs(c, lambda found: len(found) == 1)
        await events(c, "SuccessfulDelete", kind="CronJob")
        told = (await c.client.list(EVENTS, "default", field_selector="reason=MissingJob"))["items"]
        assert told == []

    play(tmp_path, scenario)


def test_a_job_that_vanished_is_forgotten(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(CRONJOBS, cron_job())
        await c.until(CRONJOBS, "cj", active(1))
        await c.client.patch(CRONJOBS, "cj", {"spec": {"suspend": True}}, "default")
        for job in (await c.client.list(JOBS, "default"))["items"]:
            await c.client.delete(JOBS, job["metadata"]["name"], "default", propagation="Background")
        await c.until(CRONJOBS, "cj", active(0))
        assert (await events(c, "MissingJob", kind="CronJob"))[0].startswith("Active job went missing: cj-")

    play(tmp_path, scenario)


def test_so_is_one_that_somebody_only_named(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(CRONJOBS, cron_job(suspend=True))
        named = {"status": {"active": [{"name": "x"}]}}
        await c.client.patch(CRONJOBS, "cj", named, "default", subresource="status")
        assert await events(c, "MissingJob", kind="CronJob") == ["Active job went missing: x"]
        await c.until(CRONJOBS, "cj", active(0))

    play(tmp_path, scenario)


def test_a_job_made_by_hand_is_seen_but_not_active(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        owner = await c.client.create(CRONJOBS, cron_job(suspend=True))
        ref = {"apiVersion": "batch/v1", "kind": "CronJob", "name": "cj", "uid": owner["metadata"]["uid"]}
        body = new_job("by-hand")
        body["metadata"]["ownerReferences"] = [{**ref, "controller": True}]
        await c.client.create(JOBS, body)
        message = "Saw a job that the controller did not create or forgot: by-hand"
        assert await events(c, "UnexpectedJob", kind="CronJob") == [message]
        assert (await c.client.get(CRONJOBS, "cj", "default"))["status"] == {}

    play(tmp_path, scenario)


def test_suspended_runs_are_not_made(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(CRONJOBS, cron_job(suspend=True))
        await SystemClock(SCALE).sleep(70)
        assert (await c.client.list(JOBS, "default"))["items"] == []
        await c.client.patch(CRONJOBS, "cj", {"spec": {"suspend": False}}, "default")
        await jobs(c, lambda found: len(found) >= 1)

    play(tmp_path, scenario)


def test_a_new_schedule_counts_from_the_change(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(CRONJOBS, cron_job("0 0 29 2 *"))
        await c.client.patch(CRONJOBS, "cj", {"spec": {"schedule": "* * * * *"}}, "default")
        await jobs(c, lambda found: len(found) >= 1)

    play(tmp_path, scenario)


def test_a_far_away_run_leaves_the_status_empty(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await c.client.create(CRONJOBS, cron_job("0 0 29 2 *"))
        await SystemClock(SCALE).sleep(70)
        assert (await c.client.get(CRONJOBS, "cj", "default"))["status"] == {}

    play(tmp_path, scenario)


LONG_AGO = {"status": {"lastScheduleTime": "2020-01-01T00:00:00Z"}}


async def resumed(c: Cluster, **spec: Any) -> None:
    """A CronJob that last ran years ago runs on."""
    await c.client.create(CRONJOBS, cron_job(suspend=True, **spec))
    await c.client.patch(CRONJOBS, "cj", LONG_AGO, "default", subresource="status")
    await c.client.patch(CRONJOBS, "cj", {"spec": {"suspend": False}}, "default")


def test_of_many_missed_runs_the_last_is_made(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await resumed(c, schedule="0 * * * *")
        found = await c.until(CRONJOBS, "cj", active(1))
        assert found["status"]["lastScheduleTime"] > "2026"
        messages = await events(c, "TooManyMissedTimes", kind="CronJob")
        assert messages[0].startswith("too many missed start times. Set or decrease")
        assert len((await c.client.list(JOBS, "default"))["items"]) == 1

    play(tmp_path, scenario)


def test_what_was_due_before_the_starting_deadline_is_not_made(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await resumed(c, schedule="0 0 29 2 *", startingDeadlineSeconds=100)
        await SystemClock(SCALE).sleep(30)
        assert (await c.client.get(CRONJOBS, "cj", "default"))["status"] == LONG_AGO["status"]

    play(tmp_path, scenario)


def test_a_job_made_before_a_crash_is_put_into_the_status(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await resumed(c, schedule="0 0 1 1 *")
        found = await c.until(CRONJOBS, "cj", active(1))
        lost = {"status": {"active": None, **LONG_AGO["status"]}}
        await c.client.patch(CRONJOBS, "cj", lost, "default", subresource="status")
        again = await c.until(CRONJOBS, "cj", active(1))
        assert again["status"]["active"][0]["uid"] == found["status"]["active"][0]["uid"]
        assert len((await c.client.list(JOBS, "default"))["items"]) == 1

    play(tmp_path, scenario)


def test_so_is_one_of_an_earlier_time(tmp_path: Path) -> None:
    """It may run still when the next one is due, which then has to wait."""

    async def scenario(c: Cluster) -> None:
        await c.client.create(CRONJOBS, cron_job(concurrencyPolicy="Forbid"))
        await c.until(CRONJOBS, "cj", active(1))
        await c.client.patch(CRONJOBS, "cj", {"spec": {"suspend": True}}, "default")
        lost = {"status": {"active": None, "lastScheduleTime": "2020-01-01T00:00:00Z"}}
        await c.client.patch(CRONJOBS, "cj", lost, "default", subresource="status")
        found = await c.until(CRONJOBS, "cj", active(1))
        assert found["status"]["lastScheduleTime"] > "2020-01-01T00:00:00Z"

    play(tmp_path, scenario)


def test_somebody_elses_job_of_that_name_is_left_alone(tmp_path: Path) -> None:
    async def scenario(c: Cluster) -> None:
        await resumed(c, schedule="0 0 1 1 *")
        name = (await jobs(c, lambda found: len(found) == 1))[0]["metadata"]["name"]
        await c.client.patch(CRONJOBS, "cj", {"spec": {"suspend": True}}, "default")
        await c.client.delete(JOBS, name, "default", propagation="Background")
        await c.until(CRONJOBS, "cj", active(0))
        await c.client.create(JOBS, new_job(name))
        await c.client.patch(CRONJOBS, "cj", LONG_AGO, "default", subresource="status")
        await c.client.patch(CRONJOBS, "cj", {"spec": {"suspend": False}}, "default")
        await SystemClock(SCALE).sleep(30)
        assert (await c.client.get(CRONJOBS, "cj", "default"))["status"] == LONG_AGO["status"]

    play(tmp_path, scenario)
