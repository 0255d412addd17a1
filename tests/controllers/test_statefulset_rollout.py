"""One pass over a StatefulSet: what is made, removed and replaced, and what must wait."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest
from wherry.controllers.statefulset import facts
from wherry.controllers.statefulset.members import Members
from wherry.controllers.statefulset.rollout import Revisions, Rollout

from tests.controllers.objects import Object, meta, pod
from tests.support import run

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DELETED = "2026-01-02T00:00:00Z"


class Recorder:
    """Stands in for Members and its claims: notes what is asked for. `wrong`: names that break the policy."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.made: list[Object] = []
        self.stale: set[str] = set()
        self.wrong: set[str] = set()
        self.refuses: set[str] = set()

    @property
    def claims(self) -> Recorder:
        return self

    async def create(self, owner: Object, made: Object) -> None:
        name = made["metadata"]["name"]
        self.calls.append(f"create {name}")
        self.made.append(made)
        if name in self.refuses:
            raise ValueError(name)

    async def delete(self, owner: Object, gone: Object) -> None:
        self.calls.append(f"delete {gone['metadata']['name']}")

    async def correct(self, owner: Object, wrong: Object) -> None:
        self.calls.append(f"correct {wrong['metadata']['name']}")

    async def complete_claims(self, owner: Object, waiting: Object) -> None:
        self.calls.append(f"claims {waiting['metadata']['name']}")

    async def apply_policy(self, owner: Object, leaving: Object) -> None:
        self.calls.append(f"policy {leaving['metadata']['name']}")

    def are_stale(self, owner: Object, planned: Object) -> bool:
        return planned["metadata"]["name"] in self.stale

    def follow_policy(self, owner: Object, one: Object) -> bool:
        return one["metadata"]["name"] not in self.wrong


def owner(replicas: int, **spec: Any) -> Object:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}
    template = {"metadata": {"labels": {"app": "s"}}, "spec": {"containers": []}}
    defaults = {"updateStrategy": strategy, "template": template, "serviceName": "svc"}
    return {
        "kind": "StatefulSet",
        "apiVersion": "apps/v1",
        "metadata": meta("s", generation=2, **spec.pop("metadata", {})),
        "spec": {"replicas": replicas, **defaults, **spec},
    }


def rolling(**fields: Any) -> Object:
    return {"type": "RollingUpdate", "rollingUpdate": {"partition": 0, **fields}}


def revision(name: str, image: str) -> Object:
    template = {"$patch": "replace", "metadata": {"labels": {"v": image}}, "spec": {"image": image}}
    return {"metadata": {"name": name}, "data": {"spec": {"template": template}}}


REVISIONS = Revisions(revision("old", "1"), revision("new", "2"), 0)


def member(number: int, at: str = "new", ready: bool | None = True, **more: Any) -> Object:
    name = f"s-{number}"
    index = {facts.NAME_LABEL: name, facts.INDEX_LABEL: str(number), facts.REVISION_LABEL: at}
    return pod(name, ready=ready, labels=index, **more)


def go(s: Object, *pods: Object, recorder: Recorder | None = None) -> tuple[list[str], Object, Recorder]:
    """The calls in order, the status, and who was called."""
    recorder = recorder or Recorder()
    rollout = Rollout(cast(Members, recorder), s, REVISIONS, pods, NOW)
    failure = run(rollout.run())
    assert (failure is None) == (not recorder.refuses)
    return recorder.calls, rollout.status(), recorder


@pytest.mark.parametrize(
    ("pods", "calls"),
    [
        ([], ["create s-0"]),
        ([member(0)], ["create s-1"]),
        ([member(0, ready=False)], []),
        ([member(0, deletionTimestamp=DELETED)], []),
        ([member(1)], ["create s-0"]),
        ([member(0, phase="Failed"), member(1)], ["delete s-0"]),
        ([member(0, phase="Succeeded", deletionTimestamp=DELETED)], []),
        ([member(0, phase="Pending")], ["claims s-0"]),
    ],
)
def test_pods_come_in_order(pods: list[Object], calls: list[str]) -> None:
    assert go(owner(3), *pods)[0] == calls


def test_parallel_pods_come_at_once() -> None:
    s = owner(3, podManagementPolicy="Parallel")
    assert go(s, member(1, ready=False))[0] == ["create s-0", "create s-2"]


def test_places_begin_at_the_first_ordinal() -> None:
    s = owner(2, ordinals={"start": 4}, podManagementPolicy="Parallel")
    assert go(s, member(0))[0] == ["create s-4", "create s-5", "delete s-0"]


def test_a_pod_waits_for_the_claim_of_an_earlier_one() -> None:
    recorder = Recorder()
    recorder.stale = {"s-0"}
    assert go(owner(1), recorder=recorder)[0] == []


def test_a_failure_ends_the_pass() -> None:
    recorder = Recorder()
    recorder.refuses = {"s-0"}
    assert go(owner(2), recorder=recorder)[0] == ["create s-0"]


def test_a_set_that_goes_makes_nothing() -> None:
    s = owner(3, metadata={"deletionTimestamp": DELETED})
    calls, status, _ = go(s, member(0))
    assert calls == [] and status["replicas"] == 1


@pytest.mark.parametrize(
    ("pods", "calls"),
    [
        ([member(0), member(1), member(2)], ["delete s-2"]),
        ([member(0), member(1), member(2, ready=False)], ["delete s-2"]),
        ([member(0), member(1, ready=False), member(2)], ["delete s-2"]),
        ([member(0), member(1, ready=False), member(2, ready=False)], []),
        ([member(0, ready=False), member(1), member(2)], []),
        ([member(0), member(1), member(2, deletionTimestamp=DELETED)], []),
    ],
)
def test_it_shrinks_in_order(pods: list[Object], calls: list[str]) -> None:
    assert go(owner(1), *pods)[0] == calls


def test_claims_learn_of_it_before_their_pod_goes() -> None:
    recorder = Recorder()
    recorder.wrong = {"s-1"}
    assert go(owner(1), member(0), member(1), recorder=recorder)[0] == ["policy s-1", "delete s-1"]


def test_a_pod_without_its_labels_is_corrected() -> None:
    bare = pod("s-0", ready=True, labels={facts.REVISION_LABEL: "new"})
    assert go(owner(1), bare)[0] == ["correct s-0"]


@pytest.mark.parametrize(
    ("strategy", "pods", "calls"),
    [
        (rolling(), [member(0, "old"), member(1, "old")], ["delete s-1"]),
        (rolling(), [member(0, "old"), member(1)], ["delete s-0"]),
        (rolling(), [member(0, "old"), member(1, ready=False)], []),
        (rolling(partition=1), [member(0, "old"), member(1)], []),
        ({"type": "OnDelete"}, [member(0, "old"), member(1, "old")], []),
    ],
)
def test_an_update_goes_from_the_top(strategy: Object, pods: list[Object], calls: list[str]) -> None:
    assert go(owner(2, updateStrategy=strategy), *pods)[0] == calls


@pytest.mark.parametrize(
    ("pods", "calls"),
    [
        ([member(0, "old", ready=False), member(1, "old"), member(2, "old")], ["delete s-2"]),
        ([member(0, "old"), member(1, "old", ready=False), member(2)], ["delete s-1"]),
        ([member(0, "old", ready=False), member(1, "old"), member(2, ready=False)], []),
        ([member(0, "old"), member(1, "old", deletionTimestamp=DELETED), member(2)], []),
    ],
)
def test_parallel_pods_are_updated_in_order_whether_they_work_or_not(
    pods: list[Object], calls: list[str]
) -> None:
    assert go(owner(3, podManagementPolicy="Parallel"), *pods)[0] == calls


def test_below_the_partition_the_current_revision_returns() -> None:
    s = owner(3, updateStrategy=rolling(partition=1), podManagementPolicy="Parallel")
    made = go(s)[2].made
    assert [p["metadata"]["labels"][facts.REVISION_LABEL] for p in made] == ["old", "new", "new"]
    assert [p["spec"]["image"] for p in made] == ["1", "2", "2"]


def test_the_status_counts_by_revision() -> None:
    pods = [member(0, "old"), member(1, "old", deletionTimestamp=DELETED), member(2, ready=False)]
    status = go(owner(3), *pods)[1]
    assert status == {
        "observedGeneration": 2,
        "replicas": 3,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "currentReplicas": 1,
        "updatedReplicas": 1,
        "currentRevision": "old",
        "updateRevision": "new",
        "collisionCount": 0,
    }


def test_a_replaced_pod_is_current_no_more() -> None:
    assert go(owner(2), member(0, "old"), member(1, "old"))[1]["currentReplicas"] == 1


def test_a_replaced_pod_of_a_revision_between_the_two_was_not_current() -> None:
    assert go(owner(1), member(0, "between"))[1]["currentReplicas"] == 0


def test_the_update_is_over_when_every_pod_is_ready() -> None:
    status = go(owner(2), member(0), member(1))[1]
    assert (status["currentRevision"], status["currentReplicas"]) == ("new", 2)


def test_availability_takes_its_time() -> None:
    young = member(0, since="2026-01-01T23:59:55Z")
    calls, status, _ = go(owner(2, minReadySeconds=10), young)
    assert calls == [] and (status["readyReplicas"], status["availableReplicas"]) == (1, 0)
