"""Phases and conditions as tables: what a pod's status says for the states of its containers."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.kubelet.worker import stopper
from wherry.kubelet.worker.records import Record, policy, records_of, should_restart
from wherry.kubelet.worker.status import Facts, last_phase, phase, pod_status

from tests.kubelet.fakes import container, pod

Object = dict[str, Any]
CLOCK = FakeClock()
FACTS = Facts(True, "127.64.1.2", "127.16.0.1", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z")


def put(record: Record, state: str) -> None:
    """`new`, `up`, `ready`, `back` (in back-off after a failure), or an exit code."""
    if state == "new":
        return
    record.attempt += 1
    record.run(f"id-{record.name}", CLOCK)
    record.started = True
    record.ready = state == "ready"
    if state == "back" or state.isdigit():
        record.end(1 if state == "back" else int(state), 0, "", "", "", CLOCK)
    if state == "back":
        record.wait("CrashLoopBackOff")


def made(states: str, inits: str = "", sidecar: bool = False, **spec: Any) -> tuple[Object, list[Record]]:
    """A pod whose containers c0, c1, … and init containers i0, i1, … are in the given states."""
    more = {"restartPolicy": "Always"} if sidecar else {}
    first = [container(f"i{n}", **more) for n in range(len(inits.split()))]
    desired = pod(*(container(f"c{n}") for n in range(len(states.split()))), initContainers=first, **spec)
    records = records_of(desired)
    for record, state in zip(records, [*inits.split(), *states.split()], strict=True):
        put(record, state)
    return desired, records


@pytest.mark.parametrize(
    ("states", "restarts", "expected"),
    [
        ("new", "Always", "Pending"),
        ("up", "Always", "Running"),
        ("up new", "Always", "Pending"),
        ("1 new", "Never", "Pending"),
        ("back 0", "Never", "Failed"),
        ("back", "Always", "Running"),
        ("0", "Always", "Running"),
        ("0 up", "Never", "Running"),
        ("0 0", "Never", "Succeeded"),
        ("0 1", "Never", "Failed"),
        ("0 1", "OnFailure", "Running"),
        ("0 0", "OnFailure", "Succeeded"),
    ],
)
def test_phase_by_containers_and_restart_policy(states: str, restarts: str, expected: str) -> None:
    assert phase(*made(states, restartPolicy=restarts)) == expected


@pytest.mark.parametrize(
    ("inits", "restarts", "expected"),
    [
        ("up new", "Always", "Pending"),
        ("1 new", "Always", "Pending"),
        ("1 new", "OnFailure", "Pending"),
        ("1 new", "Never", "Failed"),
        ("0 up", "Never", "Pending"),
    ],
)
def test_phase_by_init_containers(inits: str, restarts: str, expected: str) -> None:
    assert phase(*made("new", inits, restartPolicy=restarts)) == expected


@pytest.mark.parametrize(
    ("states", "inits", "sidecar", "expected"),
    [
        ("up", "up", False, "Pending"),
        ("0", "back", False, "Failed"),
        ("0", "new", True, "Pending"),
        ("0", "back", True, "Succeeded"),
    ],
)
def test_init_containers_that_run_again_count_as_before(
    states: str, inits: str, sidecar: bool, expected: str
) -> None:
    assert phase(*made(states, inits, sidecar, restartPolicy="Never")) == expected


@pytest.mark.parametrize(("states", "expected"), [("new", "Pending"), ("up", "Running")])
def test_a_sidecar_that_has_not_started_holds_up_new_pods_only(states: str, expected: str) -> None:
    desired, records = made(states, "up", sidecar=True)
    records[0].started = False
    assert phase(desired, records) == expected


@pytest.mark.parametrize(
    ("sidecar", "expected"), [("up", "Running"), ("0", "Succeeded"), ("137", "Succeeded")]
)
def test_a_sidecar_holds_the_end_back_but_does_not_decide_it(sidecar: str, expected: str) -> None:
    assert phase(*made("0", sidecar, sidecar=True, restartPolicy="Never")) == expected


@pytest.mark.parametrize(
    ("states", "expected"), [("0 0", "Succeeded"), ("0 1", "Failed"), ("0 new", "Failed"), ("137", "Failed")]
)
def test_the_last_phase_of_a_deleted_pod(states: str, expected: str) -> None:
    assert last_phase(made(states)[1]) == expected


def conditions(states: str, inits: str = "", **spec: Any) -> dict[str, tuple[str, str]]:
    """(status, reason or message) by type."""
    status = pod_status(*made(states, inits, **spec), FACTS)
    return {c["type"]: (c["status"], c.get("message") or c.get("reason", "")) for c in status["conditions"]}


@pytest.mark.parametrize(
    ("states", "inits", "initialized", "ready"),
    [
        ("ready", "", "", ""),
        ("ready up", "", "", "containers with unready status: [c1]"),
        ("back up", "", "", "containers with unready status: [c0 c1]"),
        (
            "new",
            "0 up",
            "containers with incomplete status: [i1]",
            "containers with unready status: [c0]",
        ),
    ],
)
def test_conditions_name_what_is_not_there_yet(states: str, inits: str, initialized: str, ready: str) -> None:
    found = conditions(states, inits)
    assert found["Initialized"] == ("False" if initialized else "True", initialized)
    assert found["ContainersReady"] == found["Ready"] == ("False" if ready else "True", ready)
    assert found["PodScheduled"] == found["PodReadyToStartContainers"] == ("True", "")


def test_a_container_that_was_never_started_shows_its_mounts_but_no_resources() -> None:
    desired, records = made("new")
    records[0].spec["volumeMounts"] = [{"name": "v", "mountPath": "/v"}]
    records[0].spec["resources"] = {"requests": {"cpu": "1"}}
    (status,) = pod_status(desired, records, FACTS)["containerStatuses"]
    assert status["volumeMounts"] == [{"name": "v", "mountPath": "/v"}]
    assert not {"allocatedResources", "resources"} & set(status)


def test_a_pod_that_was_initialized_stays_so() -> None:
    desired, records = made("back", "up")
    initialized = {"type": "Initialized", "status": "True"}
    for known, expected in (((), "False"), ((initialized,), "True")):
        status = pod_status(desired, records, FACTS._replace(known=known))
        (found,) = [c for c in status["conditions"] if c["type"] == "Initialized"]
        assert found["status"] == expected


def test_a_completed_pod_is_initialized_and_not_ready() -> None:
    found = conditions("0", "0", restartPolicy="Never")
    assert found["Initialized"] == ("True", "PodCompleted")
    assert found["Ready"] == found["ContainersReady"] == ("False", "PodCompleted")


def test_a_condition_keeps_its_time_until_its_status_changes() -> None:
    desired, records = made("ready")
    before = pod_status(desired, records, FACTS)["conditions"]
    records[0].ready = False
    later = FACTS._replace(now="2026-01-01T00:02:00Z", known=tuple(before))
    times = {
        c["type"]: c["lastTransitionTime"][14:16] for c in pod_status(desired, records, later)["conditions"]
    }
    assert times == {
        "PodReadyToStartContainers": "01", "Initialized": "01", "PodScheduled": "01",
        "Ready": "02", "ContainersReady": "02",
    }  # fmt: skip


def test_a_container_shows_its_count_its_image_and_its_last_end() -> None:
    desired, records = made("back")
    put(records[0], "ready")
    records[0].image_id = "sha256:1"
    (shown,) = pod_status(desired, records, FACTS)["containerStatuses"]
    assert (shown["restartCount"], shown["imageID"], shown["containerID"]) == (
        1,
        "sha256:1",
        "wherry://id-c0",
    )
    assert shown["lastState"]["terminated"]["exitCode"] == 1
    assert list(shown["state"]) == ["running"]


@pytest.mark.parametrize(
    ("own", "pods", "init", "expected"),
    [
        ("", "Always", False, "Always"),
        ("", "Always", True, "OnFailure"),
        ("", "Never", True, "Never"),
        ("Always", "Never", True, "Always"),
        ("Never", "Always", False, "Never"),
    ],
)
def test_the_restart_policy_of_a_container(own: str, pods: str, init: bool, expected: str) -> None:
    spec = container("c", **({"restartPolicy": own} if own else {}))
    assert policy(pod(spec, restartPolicy=pods), Record(spec, init)) == expected


@pytest.mark.parametrize(
    ("operator", "code", "restart"),
    [("In", 42, True), ("In", 1, False), ("NotIn", 42, False), ("NotIn", 1, True)],
)
def test_rules_decide_by_exit_code_before_the_policy(operator: str, code: int, restart: bool) -> None:
    rule = {"action": "Restart", "exitCodes": {"operator": operator, "values": [42]}}
    spec = container("c", restartPolicy="Never", restartPolicyRules=[rule])
    assert should_restart(pod(spec), Record(spec, False), code) is restart


@pytest.mark.parametrize(
    ("meta", "spec", "seconds"),
    [
        ({}, {}, 30),
        ({}, {"terminationGracePeriodSeconds": 5}, 5),
        ({"deletionGracePeriodSeconds": 0}, {"terminationGracePeriodSeconds": 5}, 0),
    ],
)
def test_the_grace_is_that_of_the_deletion_or_the_pods(meta: Object, spec: Object, seconds: float) -> None:
    assert stopper.grace({"metadata": meta, "spec": spec}) == seconds
