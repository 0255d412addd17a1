"""What `/metrics/resources` says of pods."""

from __future__ import annotations

from typing import Any

from wherry.scheduler.pod_resources import render

from tests.scheduler.objects import pod

OF = 'namespace="default",node="n",pod="p",priority="",scheduler="default-scheduler"'


def lines(*pods: Any) -> list[str]:
    return [line for line in render(pods).decode().splitlines() if not line.startswith("#")]


def container(requests: Any, limits: Any) -> Any:
    return {"name": "c", "resources": {"requests": requests, "limits": limits}}


def test_requests_and_limits_are_told_in_cores_bytes_and_pieces() -> None:
    asked = {"cpu": "1500m", "memory": "1Ki", "example.com/gpu": "2"}
    mine = pod("p", on="n", containers=[container(asked, {"cpu": "2", "hugepages-2Mi": "2Mi"})])
    assert lines(mine) == [
        f'kube_pod_resource_limit{{{OF},resource="cpu",unit="cores"}} 2.0',
        f'kube_pod_resource_limit{{{OF},resource="hugepages-2Mi",unit="bytes"}} 2097152.0',
        f'kube_pod_resource_request{{{OF},resource="cpu",unit="cores"}} 1.5',
        f'kube_pod_resource_request{{{OF},resource="example.com/gpu",unit=""}} 2.0',
        f'kube_pod_resource_request{{{OF},resource="memory",unit="bytes"}} 1024.0',
    ]


def test_what_a_pod_takes_beyond_its_containers_adds_to_limits_that_there_are() -> None:
    mine = pod(
        "p", on="n", containers=[container({}, {"cpu": "1"})], overhead={"cpu": "500m", "memory": "1Ki"}
    )
    assert lines(mine) == [
        f'kube_pod_resource_limit{{{OF},resource="cpu",unit="cores"}} 1.5',
        f'kube_pod_resource_request{{{OF},resource="cpu",unit="cores"}} 0.5',
        f'kube_pod_resource_request{{{OF},resource="memory",unit="bytes"}} 1024.0',
    ]


def test_names_are_escaped() -> None:
    mine = pod("p", cpu="1", on="n")
    mine["spec"]["schedulerName"] = 'a"b'
    assert all('scheduler="a\\"b",resource="cpu"' in line for line in lines(mine)) and lines(mine)


def test_pods_that_have_ended_ask_for_nothing() -> None:
    assert lines(pod("p", cpu="1", on="n", status={"phase": "Failed"})) == []
