"""Request metrics: counters by code, durations as cumulative buckets, none for watches."""

from __future__ import annotations

from urllib.parse import quote

from wherry.apiserver.endpoints import metrics
from wherry.apiserver.endpoints.requestinfo import RequestInfo

from tests.apiserver.harness import CONFIG_MAPS, Api, drive


def lines(resource: str) -> list[str]:
    return [line for line in metrics.render().splitlines() if f'resource="{resource}"' in line]


def test_requests_are_counted_by_code() -> None:
    info = RequestInfo("create", "", "v1", "counted")
    for code in (201, 201, 409):
        metrics.observe(info, code, 0.01)
    counts = [line for line in lines("counted") if line.startswith("apiserver_request_total")]
    labels = (
        'component="apiserver",dry_run="",group="",resource="counted",scope="resource",subresource="",'
        'verb="POST",version="v1"'
    )
    assert counts == [
        f'apiserver_request_total{{code="201",{labels}}} 2',
        f'apiserver_request_total{{code="409",{labels}}} 1',
    ]


def test_buckets_are_cumulative() -> None:
    for seconds in (0.001, 0.03, 99):
        metrics.observe(RequestInfo("get", "", "v1", "timed"), 200, seconds)
    buckets = [int(line.rsplit(" ", 1)[1]) for line in lines("timed") if "_bucket" in line]
    assert buckets == sorted(buckets)
    assert (buckets[0], buckets[2], buckets[-2], buckets[-1]) == (1, 2, 2, 3)
    assert any(line.startswith("apiserver_request_duration_seconds_count") for line in lines("timed"))


def test_a_bound_belongs_to_its_bucket() -> None:
    metrics.observe(RequestInfo("get", "", "v1", "edge"), 200, metrics.BUCKETS[0])
    assert next(line for line in lines("edge") if 'le="0.005"' in line).endswith(" 1")


def test_a_watch_has_no_duration() -> None:
    metrics.observe(RequestInfo("watch", "", "v1", "watched"), 200, 600)
    assert [line for line in lines("watched") if "duration" in line] == []
    assert 'verb="WATCH"' in lines("watched")[0]


def test_sizes_are_told_of_reads_and_what_lasts_while_it_does() -> None:
    info = RequestInfo("list", "", "v1", "sized", namespace="a")
    metrics.observe(info, 200, 0.1, size=2000, dry_run=True)
    told = lines("sized")
    assert any('dry_run="All"' in line and 'scope="namespace"' in line for line in told)
    assert sum(line.startswith("apiserver_response_sizes_bucket") for line in told) == 8
    watch = RequestInfo("watch", "", "v1", "lasting")
    metrics.lasting(watch, 1)
    assert [line.rsplit(" ")[-1] for line in lines("lasting")] == ["1"]
    metrics.forget("", "lasting")
    metrics.lasting(watch, -1)
    assert lines("lasting") == []


def test_what_the_process_is_and_what_its_checks_found_is_told() -> None:
    async def scenario(api: Api) -> None:
        told = (await api.ask("GET", "/metrics")).text
        assert 'major="1",minor="36"' in told
        assert "process_start_time_seconds " in told
        await api.ask("GET", "/readyz/ping")
        told = (await api.ask("GET", "/metrics/slis")).text
        assert 'kubernetes_healthcheck{name="ping",type="readyz"} 1' in told

    drive(scenario)


def test_steps_of_admission_are_timed() -> None:
    async def scenario(api: Api) -> None:
        await api.ask("POST", CONFIG_MAPS, {"metadata": {"name": "timed"}})
        told = (await api.ask("GET", "/metrics")).text
        name = "apiserver_admission_step_admission_duration_seconds_count"
        for step in ("admit", "validate"):
            assert f'{name}{{operation="CREATE",rejected="false",type="{step}"}}' in told

    drive(scenario)


def test_who_asks_for_what_is_deprecated_is_found_out() -> None:
    async def scenario(api: Api) -> None:
        await api.ask("GET", "/api/v1/endpoints")
        told = (await api.ask("GET", "/metrics")).text
        of = 'group="",removed_release="",resource="endpoints",subresource="",version="v1"'
        assert f"apiserver_requested_deprecated_apis{{{of}}} 1" in told

    drive(scenario)


def test_what_is_stored_is_counted() -> None:
    async def scenario(api: Api) -> None:
        told = (await api.ask("GET", "/metrics")).text
        assert 'apiserver_storage_objects{resource="deployments.apps"} 0' in told
        assert 'apiserver_resource_objects{group="",resource="namespaces"} ' in told
        assert 'apiserver_storage_size_bytes{storage_cluster_id="local"} 0' in told

    drive(scenario)


def test_names_that_clients_make_up_are_not_remembered() -> None:
    async def scenario(api: Api) -> None:
        before = len(metrics.render().splitlines())
        for made_up in ("made-up", 'a"b', "pods/x/made-up", "namespaces/default/made-up/x"):
            await api.ask("GET", f"/api/v1/{quote(made_up)}")
        told = metrics.render()
        assert "made-up" not in told and 'a"b' not in told
        some = len(told.splitlines()) - before
        for number in range(50):
            await api.ask("GET", f"/apis/g{number}/v1/made-up")
        assert len(metrics.render().splitlines()) - before <= some + 60

    drive(scenario)


def test_resources_that_are_served_no_more_are_forgotten() -> None:
    metrics.observe(RequestInfo("get", "example.com", "v1", "gone"), 200, 1)
    metrics.observe(RequestInfo("get", "example.org", "v1", "gone"), 200, 1)
    metrics.forget("example.com", "gone")
    assert {line.split('group="')[1].split('"')[0] for line in lines("gone") if "duration" in line} == {
        "example.org"
    }
