"""The scheduler's process: wired up, it binds pods through a real API server and says whether it is well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
from aiohttp import web
from wherry.apimachinery.clock import SystemClock
from wherry.client.resources import NODES, PODS
from wherry.client.tasks import Tasks
from wherry.scheduler import main
from wherry.scheduler.settings import Settings

from tests.controllers.cluster import Cluster, cluster, free_port
from tests.support import run

POINTS = "scheduler_framework_extension_point_duration_seconds"
CAPACITY = {"cpu": "4", "memory": "8Gi", "pods": "10"}


async def status_of(url: str) -> tuple[int, str]:
    """(0, "") as long as nobody answers."""
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status, await answer.text()
    except aiohttp.ClientConnectionError:
        return 0, ""


def scheduled(
    directory: Path,
    test: Callable[[Cluster, str], Awaitable[None]],
    *,
    leader: bool = False,
    configuration: Path | None = None,
) -> None:
    """Runs `test` with a cluster and the address of a scheduler that is ready."""

    async def scenario() -> None:
        port = free_port()
        config = directory / "kubeconfig" / "scheduler.conf"
        async with cluster(directory, "serviceaccount-controller") as c, Tasks() as tasks:
            settings = Settings(kubeconfig=config, port=port, seed=1, leader_elect=leader)
            settings.config = configuration
            tasks.spawn("scheduler", main.run(settings, SystemClock()))
            while (await status_of(f"http://127.0.0.1:{port}/readyz"))[0] != 200:  # noqa: ASYNC110 - readiness is asked for
                await asyncio.sleep(0.01)
            await test(c, f"http://127.0.0.1:{port}")

    run(scenario())


async def bind_one(c: Cluster, url: str) -> None:
    await c.client.create(NODES, {"metadata": {"name": "n1"}})
    status = {"capacity": CAPACITY, "allocatable": CAPACITY}
    await c.client.patch(NODES, "n1", {"status": status}, subresource="status")
    container = {"name": "c", "image": "i", "resources": {"requests": {"memory": "1Mi"}}}
    spec = {"containers": [container], "tolerations": [{"operator": "Exists"}]}
    await c.client.create(PODS, {"metadata": {"name": "a"}, "spec": spec}, "default")
    bound = await c.until(PODS, "a", lambda pod: bool(pod["spec"].get("nodeName")))
    assert bound["spec"]["nodeName"] == "n1"
    (condition,) = bound["status"]["conditions"]
    assert (condition["type"], condition["status"]) == ("PodScheduled", "True")


def test_a_leader_binds_too(tmp_path: Path) -> None:
    scheduled(tmp_path, bind_one, leader=True)


def test_a_server_outside_is_asked_first(tmp_path: Path) -> None:
    port = free_port()
    configuration = tmp_path / "scheduler.yaml"
    configuration.write_text(
        "{apiVersion: kubescheduler.config.k8s.io/v1, kind: KubeSchedulerConfiguration, "
        f"extenders: [{{urlPrefix: 'http://127.0.0.1:{port}', filterVerb: sieve}}]}}"
    )
    asked: list[str] = []

    async def sieve(request: web.Request) -> web.Response:
        question = await request.json()
        asked.append(question["Pod"]["metadata"]["name"])
        return web.json_response({"Nodes": question["Nodes"]})

    async def bind(c: Cluster, url: str) -> None:
        app = web.Application()
        app.router.add_post("/sieve", sieve)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            await bind_one(c, url)
        finally:
            await runner.cleanup()
        assert asked == ["a"]

    scheduled(tmp_path, bind, configuration=configuration)


def test_a_pod_is_bound_and_health_and_metrics_are_served(tmp_path: Path) -> None:
    async def look(c: Cluster, url: str) -> None:
        assert await status_of(f"{url}/healthz") == (200, "ok")
        assert await status_of(f"{url}/livez") == (200, "ok")
        code, text = await status_of(f"{url}/metrics")
        assert code == 200
        assert 'scheduler_pending_pods{queue="unschedulable"}' in text
        assert 'scheduler_cache_size{type="nodes"}' in text
        await bind_one(c, url)
        _, text = await status_of(f"{url}/metrics")
        attempt = 'result="scheduled"'
        for line in (
            f'scheduler_schedule_attempts_total{{profile="default-scheduler",{attempt}}}',
            f'scheduler_scheduling_attempt_duration_seconds_count{{profile="default-scheduler",{attempt}}}',
            "scheduler_scheduling_algorithm_duration_seconds_count",
            "scheduler_pod_scheduling_attempts_count",
            'scheduler_pod_scheduling_sli_duration_seconds_count{attempts="1"}',
            'scheduler_queue_incoming_pods_total{event="UnschedulablePodAdd",queue="active"}',
            "scheduler_preemption_attempts_total",
            "scheduler_preemption_victims_count",
            *(
                f'{POINTS}_count{{extension_point="{point}",profile="default-scheduler",status="Success"}}'
                for point in ("PreFilter", "Filter", "Reserve", "Bind")
            ),
            'scheduler_plugin_execution_duration_seconds_count{extension_point="Filter",'
            'plugin="NodeResourcesFit",status="Success"}',
            'rest_client_requests_total{code="201",host=',
        ):
            assert line in text
        _, text = await status_of(f"{url}/metrics/resources")
        of = 'namespace="default",node="n1",pod="a",priority="0",scheduler="default-scheduler"'
        assert f'kube_pod_resource_request{{{of},resource="memory",unit="bytes"}} 1048576.0' in text
        _, text = await status_of(f"{url}/metrics/slis")
        assert 'kubernetes_healthcheck{name="informer-sync",type="readyz"} 1' in text

    scheduled(tmp_path, look)
