"""Making many pods, and expecting to see them."""

from __future__ import annotations

import random
from typing import Any, cast

import pytest
from wherry.apimachinery import errors
from wherry.apimachinery.clock import FakeClock, SystemClock
from wherry.client.client import Client
from wherry.client.errors import Unreachable
from wherry.client.events import EventRecorder
from wherry.controllers.expectations import Expectations
from wherry.controllers.podcontrol import PodControl, pod_from_template, slow_start
from wherry.controllers.replicaset.controller import ReplicaSetController

from tests.controllers.objects import replica_set
from tests.support import run

Object = dict[str, Any]


def test_batches_double_until_one_fails() -> None:
    async def go() -> None:
        calls = 0

        async def one() -> None:
            nonlocal calls
            calls += 1
            if calls > 3:
                raise ValueError("no")

        done, failure = await slow_start(100, one)
        assert (done, calls) == (3, 7)
        assert isinstance(failure, ValueError)

    run(go())


def test_all_calls_are_made_when_all_go_well() -> None:
    async def go() -> None:
        async def one() -> None:
            return None

        assert await slow_start(20, one) == (20, None)

    run(go())


def test_a_pod_takes_after_its_template() -> None:
    rs = replica_set("web-x", 1, 0)
    made = pod_from_template(rs["spec"]["template"], rs, ReplicaSetController.kind)
    assert made["metadata"]["generateName"] == "web-x-"
    assert made["metadata"]["labels"] == {"app": "web", "pod-template-hash": "web-x"}
    assert made["metadata"]["ownerReferences"] == [
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "name": "web-x",
            "uid": "uid-web-x",
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]


def test_an_owner_is_left_alone_until_its_pods_are_seen() -> None:
    expected = Expectations(FakeClock())
    expected.expect_creations("ns/rs", 2)
    expected.creation_observed("ns/rs")
    assert not expected.satisfied("ns/rs")
    expected.creation_observed("ns/rs")
    assert expected.satisfied("ns/rs")


def test_deletions_are_expected_by_name() -> None:
    expected = Expectations(FakeClock())
    expected.expect_deletions("ns/rs", {"ns/a", "ns/b"})
    expected.deletion_observed("ns/rs", "ns/a")
    expected.deletion_observed("ns/rs", "ns/a")
    assert not expected.satisfied("ns/rs")
    expected.deletion_observed("ns/rs", "ns/b")
    assert expected.satisfied("ns/rs")


def test_expectations_end_after_five_minutes() -> None:
    async def go() -> None:
        clock = FakeClock()
        expected = Expectations(clock)
        expected.expect_creations("ns/rs", 1)
        await clock.advance(301)
        assert expected.satisfied("ns/rs")

    run(go())


class Flaky:
    """A server whose answers to the first creations are lost, after (`done`) or before it did them."""

    def __init__(self, lost: int, done: bool, room: int = 100) -> None:
        self.pods: dict[str, Object] = {}
        self.room = room
        self.lost = lost
        self.done = done
        self.asked = 0

    async def create(self, r: object, pod: Object) -> Object:
        self.asked += 1
        name = pod["metadata"]["name"]
        if len(self.pods) == self.room:
            raise errors.forbidden("", "pods", name, "exceeded quota")
        if name in self.pods:
            raise errors.already_exists("", "pods", name)
        if self.asked > self.lost or self.done:
            self.pods[name] = pod
        if self.asked <= self.lost:
            raise Unreachable("reset")
        return pod

    async def get(self, r: object, name: str, namespace: str) -> Object:
        if name not in self.pods:
            raise errors.not_found("", "pods", name)
        return self.pods[name]

    def event(self, *more: object) -> None:
        """Nobody listens."""


def made_by(server: Flaky) -> Object:
    async def go() -> Object:
        control = PodControl(
            cast(Client, server), cast(EventRecorder, server), SystemClock(1000), random.Random(1)
        )
        rs = replica_set("web-x", 1, 0)
        pod = pod_from_template(rs["spec"]["template"], rs, ReplicaSetController.kind)
        return await control.create(rs, pod)

    return run(go())


@pytest.mark.parametrize("done", [True, False])
def test_a_lost_answer_makes_no_second_pod(done: bool) -> None:
    server = Flaky(2, done)
    made = made_by(server)
    assert list(server.pods) == [made["metadata"]["name"]]
    assert made["metadata"]["name"].startswith("web-x-")
    assert made["metadata"]["generateName"] == "web-x-"


def test_a_lost_answer_that_filled_the_quota_counts() -> None:
    """Admission refuses the second request before the server sees that the pod is there."""
    server = Flaky(1, True, room=1)
    made = made_by(server)
    assert list(server.pods) == [made["metadata"]["name"]]


def test_what_a_quota_refuses_is_not_made() -> None:
    with pytest.raises(errors.StatusError, match="exceeded quota"):
        made_by(Flaky(1, False, room=0))


def test_a_server_that_never_answers_is_given_up() -> None:
    with pytest.raises(Unreachable):
        made_by(Flaky(99, False))


def test_a_name_that_is_taken_is_not_taken_for_ours() -> None:
    server = Flaky(0, True)
    first, second = made_by(server), made_by(server)
    assert first["metadata"]["name"] != second["metadata"]["name"]
    assert len(server.pods) == 2
