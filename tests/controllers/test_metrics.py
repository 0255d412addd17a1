"""What the controllers count, under upstream's names."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from wherry.apimachinery.clock import FakeClock
from wherry.client.resources import JOBS
from wherry.client.workqueue import WorkQueue
from wherry.controllers.job import telling
from wherry.controllers.podautoscaler.telling import action
from wherry.controllers.replicaset.ranking import age_ratios
from wherry.controllers.settings import Settings
from wherry.controllers.zones import Zones

from tests.controllers.cluster import cluster
from tests.controllers.job_cluster import end, has, new_job, pending
from tests.controllers.jobs import Object, job, job_pod, look
from tests.controllers.objects import meta, pod
from tests.support import run

MANAGER = {"manager": "kube-controller-manager"}
MODE = {"completion_mode": "NonIndexed"}


def value(metric: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(metric, labels) or 0.0


def test_a_job_is_counted(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, "job-controller", "serviceaccount-controller") as c:
            await c.client.create(JOBS, new_job())
            await end(c, (await pending(c))[0])
            await c.until(JOBS, "j", has("Complete"))
            assert value("running_managed_controllers", name="job-controller", **MANAGER) == 1

    def seen() -> dict[str, float]:
        ended = {"result": "succeeded", "reason": "CompletionsReached"}
        return {
            "finished": value("job_controller_jobs_finished_total", **MODE, **ended),
            "pods": value("job_controller_job_pods_finished_total", **MODE, result="succeeded"),
            "made": value("job_controller_job_pods_creation_total", reason="new", status="succeeded"),
        }

    before = seen()
    run(scenario(), 20)
    assert {name: count - before[name] for name, count in seen().items()} == dict.fromkeys(before, 1)
    synced = {**MODE, "result": "success", "action": "pods_created"}
    assert value("job_controller_job_syncs_total", **synced) >= 1
    assert value("workqueue_adds_total", name="job") >= 1


def test_failures_that_a_policy_decided_on_are_counted_once_written() -> None:
    owner = job({"failed": 2})
    sync = look(owner)
    sync.handled = ["Ignore"]
    count = {"metric": "job_controller_pod_failures_handled_by_failure_policy_total", "action": "Ignore"}
    failed = {"metric": "job_controller_job_pods_finished_total", **MODE, "result": "failed"}
    before = [value(**count), value(**failed)]
    for _ in range(2):
        telling.counted(sync, {**owner, "status": {"failed": 5}})
    assert [value(**count), value(**failed)] == [before[0] + 1, before[1] + 3]


@pytest.mark.parametrize(
    ("old", "new", "event"),
    (
        (job_pod("a"), job_pod("a", "Succeeded"), "add"),
        (job_pod("a", "Succeeded"), job_pod("a", "Succeeded", tracked=False), "delete"),
        (job_pod("a"), job_pod("a"), None),
        (None, job_pod("a", "Succeeded"), None),
    ),
)
def test_pods_that_wait_to_be_counted(old: Object | None, new: Object, event: str | None) -> None:
    name = "job_controller_terminated_pods_tracking_finalizer_total"
    before = {kind: value(name, event=kind) for kind in ("add", "delete")}
    telling.tracked(old, new)
    grown = {kind for kind in before if value(name, event=kind) > before[kind]}
    assert grown == ({event} if event else set())


def test_ages_of_deleted_pods_are_those_of_the_youngest() -> None:
    now = datetime(2026, 1, 1, 1, tzinfo=UTC)
    young = pod("y", ready=True, creationTimestamp="2026-01-01T00:30:00Z")
    old, ill = pod("o", ready=True), pod("i", ready=False)
    assert age_ratios([old, ill], [old, young, ill], now) == [2.0]


def test_directions_of_scaling() -> None:
    assert [action(2, size) for size in (1, 2, 3)] == ["scale_down", "none", "scale_up"]


def test_zones_tell_their_health() -> None:
    labels = {"topology.kubernetes.io/region": "r", "topology.kubernetes.io/zone": "z"}
    nodes = {name: ({"metadata": meta(name, labels=labels)}, name != "c") for name in "abcd"}
    Zones(FakeClock(), Settings()).judge(nodes)
    found = [value(f"node_collector_{what}", zone="r:z") for what in ("zone_size", "zone_health")]
    assert found == [4, 75]
    assert value("node_collector_unhealthy_nodes_in_zone", zone="r:z") == 1


def test_keys_at_hand_tell_how_long_they_have_taken() -> None:
    async def scenario() -> None:
        clock = FakeClock()
        queue = WorkQueue[str]("slow", clock)
        for key in "ab":
            queue.add(key)
            await queue.get()
            await clock.advance(10)
        assert value("workqueue_unfinished_work_seconds", name="slow") == 30
        assert value("workqueue_longest_running_processor_seconds", name="slow") == 20

    run(scenario())
