"""The Node and its Lease: registration, heartbeats, what the status says."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from wherry.apimachinery import errors
from wherry.apimachinery.clock import FakeClock
from wherry.client.errors import Unreachable
from wherry.kubelet.node import NodeAgent, NodeFacts

from tests.kubelet.api import FakeApi
from tests.support import run

TAINT = {"key": "dedicated", "value": "x", "effect": "NoSchedule"}


def agent(api: FakeApi, clock: FakeClock, **more: Any) -> NodeAgent:
    given: dict[str, Any] = {"cpu": "4", "memory": "8Gi", "pods": 110, "labels": {"zone": "a"}, "taints": []}
    facts = NodeFacts("n1", "127.16.0.1", 10250, runtime="fake://1", **(given | more))
    return NodeAgent(api, facts, clock, lease=40, renew=10)  # type: ignore[arg-type]


def registered(api: FakeApi, **more: Any) -> dict[str, Any]:
    return run(agent(api, FakeClock(), **more).register())


def beating(test: Callable[[NodeAgent, FakeApi, FakeClock], Awaitable[None]]) -> None:
    """A registered node whose heartbeat runs."""

    async def whole() -> None:
        api, clock = FakeApi(), FakeClock()
        node = agent(api, clock)
        await node.register()
        api.calls.clear()
        task = asyncio.create_task(node.run())
        await clock.settle()
        await test(node, api, clock)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    run(whole())


def test_a_new_node_says_who_and_what_it_is() -> None:
    node = registered(FakeApi(), taints=[TAINT], pod_cidr="127.64.0.0/24")
    assert node["spec"] == {"taints": [TAINT], "podCIDR": "127.64.0.0/24", "podCIDRs": ["127.64.0.0/24"]}
    labels = node["metadata"]["labels"]
    assert (labels["kubernetes.io/hostname"], labels["kubernetes.io/os"], labels["zone"]) == (
        "n1",
        "linux",
        "a",
    )
    status = node["status"]
    assert status["addresses"][0] == {"type": "InternalIP", "address": "127.16.0.1"}
    assert (status["capacity"]["cpu"], status["allocatable"]["pods"]) == ("4", "110")
    assert status["daemonEndpoints"] == {"kubeletEndpoint": {"Port": 10250}}


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [
        ("MemoryPressure", "False", "KubeletHasSufficientMemory"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID"),
        ("Ready", "True", "KubeletReady"),
    ],
)
def test_a_healthy_node_has_four_conditions(kind: str, status: str, reason: str) -> None:
    found = {c["type"]: c for c in registered(FakeApi())["status"]["conditions"]}
    assert len(found) == 4
    assert (found[kind]["status"], found[kind]["reason"]) == (status, reason)


def test_a_node_that_is_known_keeps_its_spec_and_gets_its_labels() -> None:
    api = FakeApi()
    api.put("nodes", "", "n1", spec={"unschedulable": True}, status={})
    node = registered(api, taints=[TAINT])
    assert node["spec"] == {"unschedulable": True}
    assert node["metadata"]["labels"]["zone"] == "a"
    assert node["status"]["conditions"]


def test_registration_is_tried_until_the_api_answers() -> None:
    async def scenario() -> None:
        api, clock = FakeApi(), FakeClock()
        api.failures = [Unreachable("refused"), errors.internal("not yet")]
        task = asyncio.create_task(agent(api, clock).register())
        await clock.settle()
        await clock.advance(0.5)
        assert (await task)["metadata"]["name"] == "n1"

    run(scenario())


def test_the_lease_is_renewed_and_the_status_left_alone() -> None:
    async def test(node: NodeAgent, api: FakeApi, clock: FakeClock) -> None:
        lease = api.objects["leases", "kube-node-lease", "n1"]
        assert lease["spec"]["leaseDurationSeconds"] == 40
        assert lease["metadata"]["ownerReferences"][0]["uid"] == "made"
        await clock.advance(20)
        renewals = [lease["spec"]["renewTime"] for lease in api.sent("update")]
        assert renewals == ["2026-01-01T00:00:10.000000Z", "2026-01-01T00:00:20.000000Z"]
        assert "patch" not in api.verbs()

    beating(test)


def test_the_status_is_written_every_five_minutes() -> None:
    async def test(node: NodeAgent, api: FakeApi, clock: FakeClock) -> None:
        await clock.advance(601)
        beats = [body["status"]["conditions"][0]["lastHeartbeatTime"] for body in api.sent("patch")]
        assert beats == ["2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z"]

    beating(test)


def test_a_problem_is_told_with_the_next_beat_and_taken_back() -> None:
    async def test(node: NodeAgent, api: FakeApi, clock: FakeClock) -> None:
        node.problem = "container runtime is down"
        await clock.advance(10)
        node.problem = ""
        await clock.advance(10)
        told = [body["status"]["conditions"][3] for body in api.sent("patch")]
        assert [(c["status"], c["reason"], c["message"]) for c in told] == [
            ("False", "KubeletNotReady", "container runtime is down"),
            ("True", "KubeletReady", "kubelet is posting ready status"),
        ]
        assert told[1]["lastTransitionTime"] == "2026-01-01T00:00:20Z"

    beating(test)


def test_transition_times_stay_as_long_as_nothing_changes() -> None:
    async def test(node: NodeAgent, api: FakeApi, clock: FakeClock) -> None:
        await clock.advance(300)
        since = {c["lastTransitionTime"] for c in api.sent("patch")[0]["status"]["conditions"]}
        assert since == {"2026-01-01T00:00:00Z"}

    beating(test)


def test_a_node_that_was_deleted_comes_back() -> None:
    async def test(node: NodeAgent, api: FakeApi, clock: FakeClock) -> None:
        del api.objects["nodes", "", "n1"]
        await node.report_now()
        assert ("nodes", "", "n1") in api.objects

    beating(test)


def test_a_lease_that_was_lost_is_taken_again() -> None:
    async def test(node: NodeAgent, api: FakeApi, clock: FakeClock) -> None:
        api.calls.clear()
        api.failures = [errors.not_found("coordination.k8s.io", "leases", "n1")]
        await clock.advance(20)
        assert api.verbs() == ["update", "create", "get", "update"]

    beating(test)


def test_a_silent_api_does_not_end_the_heartbeat() -> None:
    async def test(node: NodeAgent, api: FakeApi, clock: FakeClock) -> None:
        api.failures = [Unreachable("refused")] * 3
        await clock.advance(50)
        assert len(api.sent("update")) == 5

    beating(test)
