"""Making many pods, and expecting to see them."""

from __future__ import annotations

from wherry.apimachinery.clock import FakeClock
from wherry.controllers.expectations import Expectations
from wherry.controllers.podcontrol import pod_from_template, slow_start
from wherry.controllers.replicaset.controller import ReplicaSetController

from tests.controllers.objects import replica_set
from tests.support import run


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
