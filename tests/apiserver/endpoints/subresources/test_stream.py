"""log, exec, attach and portforward: checked here, then handed on to the pod's kubelet."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ...harness import PODS, Api, Object, drive, pod, websocket
from .kubelet import node_with_pod

LOG = b"GET /containerLogs/default/a/c?tailLines=5"


def test_a_log_comes_from_the_kubelet() -> None:
    async def scenario(api: Api) -> None:
        async with node_with_pod(api):
            reply = await api.get(f"{PODS}/a/log?tailLines=5&follow=true&unknown=1")
            assert reply.text == "GET /containerLogs/default/a/c?follow=true&tailLines=5"

    drive(scenario)


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("exec?command=ls&command=-l&stdout=1", "/exec/default/a/c?stdout=true&command=ls&command=-l"),
        ("attach?container=c&stdin=1", "/attach/default/a/c?stdin=true"),
        ("attach?stdin=True&tty=FALSE", "/attach/default/a/c?stdin=true&tty=false"),
        ("portforward?ports=80", "/portForward/default/a?port=80"),
    ],
)
def test_messages_go_both_ways(path: str, asked: str) -> None:
    async def scenario(api: Api) -> None:
        async with node_with_pod(api):
            sent = [b"one", b"two", b"end"]
            told = await websocket(api, f"{PODS}/a/{path}", sent, "v5.channel.k8s.io")
        assert told[0] == {"type": "websocket.accept", "subprotocol": "v5.channel.k8s.io"}
        assert [m["bytes"] for m in told[1:-1]] == [asked.encode(), b"one", b"two"]
        assert told[-1]["type"] == "websocket.close"

    drive(scenario)


@pytest.mark.parametrize(
    ("protocol", "messages"),
    [
        ("binary.k8s.io", [{"bytes": b""}, {"bytes": LOG}]),
        ("base64.binary.k8s.io", [{"text": ""}, {"text": base64.b64encode(LOG).decode()}]),
    ],
)
def test_a_log_over_a_websocket(protocol: str, messages: list[Object]) -> None:
    async def scenario(api: Api) -> None:
        async with node_with_pod(api, status=200):
            told = await websocket(api, f"{PODS}/a/log?tailLines=5", [], protocol)
        assert told[0] == {"type": "websocket.accept", "subprotocol": protocol}
        assert told[1:-1] == [{"type": "websocket.send", **message} for message in messages]
        assert told[-1]["type"] == "websocket.close"

    drive(scenario)


NO_NUMBER = 'strconv.ParseUint: parsing "x": invalid syntax'


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("nope/log", 404, 'pods "nope" not found'),
        ("nope/log?tailLines=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
        ("b/log?container=x", 400, "container x is not valid for pod b"),
        ("b/exec", 400, "pod b does not have a host assigned"),
        ("b/portforward?ports=x", 400, f"cannot convert to []int32: {NO_NUMBER}"),
        (
            "b/portforward?ports=65536",
            400,
            'cannot convert to []int32: strconv.ParseUint: parsing "65536": value out of range',
        ),
        ("a/log?container=x", 400, "container x is not valid for pod a"),
        ("a/exec", 400, "you must specify at least one command for the container"),
        ("a/exec?command=ls", 400, "Upgrade request required"),
        ("c/log", 404, 'pods "gone" not found'),
        ("e/log", 500, "no preferred addresses found; known addresses: []"),
        ("d/log", 400, "a container name must be specified for pod d, choose one of: [c d]"),
    ],
)
def test_what_is_refused(path: str, status: int, message: str) -> None:
    async def scenario(api: Api) -> None:
        async with node_with_pod(api):
            await api.create(PODS, pod("b"))
            await api.create(PODS, pod("c", nodeName="gone"))
            await api.create("/api/v1/nodes", {"metadata": {"name": "n2"}})
            await api.create(PODS, pod("e", nodeName="n2"))
            two: list[Any] = [{"name": name, "image": "app:1"} for name in "cd"]
            await api.create(PODS, pod("d", nodeName="n1", containers=two))
            reply = await api.get(f"{PODS}/{path}")
            assert (reply.status, reply.message) == (status, message)

    drive(scenario)


def test_a_pod_without_a_node_has_nothing_to_say() -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod())
        reply = await api.get(f"{PODS}/a/log")
        assert (reply.status, reply.raw) == (204, b"")

    drive(scenario)


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("tailLines=-1", 422, "tailLines: Invalid value: -1: must be greater than or equal to 0"),
        ("limitBytes=0", 422, "limitBytes: Invalid value: 0: must be greater than 0"),
        ("sinceSeconds=0", 422, "sinceSeconds: Invalid value: 0: must be greater than 0"),
        (
            "sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z",
            422,
            "[]: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
        ),
        ("stream=Stdout", 422, "stream: Forbidden: may not be specified"),
        ("sinceTime=2026-01-01T25:00:00Z", 400, 'parsing time "2026-01-01T25:00:00Z": hour out of range'),
        (
            "sinceTime=2026-01-01",
            400,
            'parsing time "2026-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"',
        ),
        ("sinceTime=x", 400, 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'),
    ],
)
def test_options_of_a_log_are_checked_first(query: str, status: int, message: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(f"{PODS}/nope/log?{query}")
        assert (reply.status, reply.message.partition("is invalid: ")[2] or reply.message) == (
            status,
            message,
        )

    drive(scenario)


def test_a_kubelet_that_is_away() -> None:
    async def scenario(api: Api) -> None:
        async with node_with_pod(api):
            pass
        reply = await api.get(f"{PODS}/a/log")
        assert (reply.status, "error trying to reach service" in reply.message) == (503, True)

    drive(scenario)
