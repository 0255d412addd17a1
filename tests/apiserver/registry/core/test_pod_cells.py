"""The row of a pod: how many containers are ready, what it does, how often it restarted."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import POD, pod


def shown(spec: dict[str, Any], **status: Any) -> list[Any]:
    """READY, STATUS and RESTARTS."""
    return POD.cells({**pod(**spec), "status": status})[1:4]


STATE_OF_A_POD: dict[str, tuple[Any, list[Any]]] = {
    "pending": ({"status": {"phase": "Pending"}}, ["0/1", "Pending", "0"]),
    "gated": (
        {
            "status": {
                "phase": "Pending",
                "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}],
            }
        },
        ["0/1", "SchedulingGated", "0"],
    ),
    "being created": (
        {
            "status": {
                "phase": "Pending",
                "containerStatuses": [
                    {
                        "name": "c",
                        "ready": False,
                        "restartCount": 0,
                        "state": {"waiting": {"reason": "ContainerCreating"}},
                    }
                ],
            }
        },
        ["0/1", "ContainerCreating", "0"],
    ),
    "running": (
        {
            "status": {
                "phase": "Running",
                "containerStatuses": [
                    {
                        "name": "c",
                        "ready": True,
                        "restartCount": 0,
                        "state": {"running": {"startedAt": "2025-12-31T23:59:00Z"}},
                    }
                ],
            }
        },
        ["1/1", "Running", "0"],
    ),
    "running, not ready": (
        {
            "status": {
                "phase": "Running",
                "containerStatuses": [
                    {
                        "name": "c",
                        "ready": False,
                        "restartCount": 0,
                        "state": {"running": {"startedAt": "2025-12-31T23:59:00Z"}},
                    }
                ],
            }
        },
        ["0/1", "Running", "0"],
    ),
    "crashing": (
        {
            "status": {
                "phase": "Running",
                "containerStatuses": [
                    {
                        "name": "c",
                        "ready": False,
                        "restartCount": 3,
                        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                        "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2025-12-31T23:59:30Z"}},
                    }
                ],
            }
        },
        ["0/1", "CrashLoopBackOff", "3 (30s ago)"],
    ),
    "completed": (
        {
            "status": {
                "phase": "Succeeded",
                "containerStatuses": [
                    {
                        "name": "c",
                        "ready": False,
                        "restartCount": 0,
                        "state": {"terminated": {"exitCode": 0, "reason": "Completed"}},
                    }
                ],
            }
        },
        ["0/1", "Completed", "0"],
    ),
    "ended by a signal": (
        {
            "status": {
                "phase": "Failed",
                "containerStatuses": [
                    {
                        "name": "c",
                        "ready": False,
                        "restartCount": 0,
                        "state": {"terminated": {"exitCode": 137, "signal": 9}},
                    }
                ],
            }
        },
        ["0/1", "Signal:9", "0"],
    ),
    "ended with a code": (
        {
            "status": {
                "phase": "Failed",
                "containerStatuses": [
                    {"name": "c", "ready": False, "restartCount": 0, "state": {"terminated": {"exitCode": 2}}}
                ],
            }
        },
        ["0/1", "ExitCode:2", "0"],
    ),
    "evicted": ({"status": {"phase": "Failed", "reason": "Evicted"}}, ["0/1", "Evicted", "0"]),
    "one completed, one runs and the pod is ready": (
        {
            "spec": {"containers": [{"name": "c", "image": "i"}, {"name": "d", "image": "i"}]},
            "status": {
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [
                    {
                        "name": "c",
                        "ready": False,
                        "restartCount": 0,
                        "state": {"terminated": {"exitCode": 0, "reason": "Completed"}},
                    },
                    {
                        "name": "d",
                        "ready": True,
                        "restartCount": 0,
                        "state": {"running": {"startedAt": "2025-12-31T23:59:00Z"}},
                    },
                ],
            },
        },
        ["1/2", "Running", "0"],
    ),
    "one completed, one runs and the pod is not ready": (
        {
            "spec": {"containers": [{"name": "c", "image": "i"}, {"name": "d", "image": "i"}]},
            "status": {
                "phase": "Running",
                "containerStatuses": [
                    {
                        "name": "c",
                        "ready": False,
                        "restartCount": 0,
                        "state": {"terminated": {"exitCode": 0, "reason": "Completed"}},
                    },
                    {
                        "name": "d",
                        "ready": True,
                        "restartCount": 0,
                        "state": {"running": {"startedAt": "2025-12-31T23:59:00Z"}},
                    },
                ],
            },
        },
        ["1/2", "NotReady", "0"],
    ),
}


@pytest.mark.parametrize(("given", "row"), STATE_OF_A_POD.values(), ids=STATE_OF_A_POD)
def test_state_of_a_pod(given: Any, row: list[Any]) -> None:
    assert shown(given.get("spec", {}), **given["status"]) == row


STATE_OF_INIT_CONTAINERS: dict[str, tuple[Any, list[Any]]] = {
    "the first waits": (
        [
            {
                "name": "i",
                "ready": False,
                "restartCount": 0,
                "state": {"waiting": {"reason": "PodInitializing"}},
            }
        ],
        ["0/1", "Init:0/2", "0"],
    ),
    "the first cannot start": (
        [{"name": "i", "ready": False, "restartCount": 0, "state": {"waiting": {"reason": "ErrImagePull"}}}],
        ["0/1", "Init:ErrImagePull", "0"],
    ),
    "the first failed": (
        [
            {
                "name": "i",
                "ready": False,
                "restartCount": 1,
                "state": {"terminated": {"exitCode": 1, "reason": "Error"}},
            }
        ],
        ["0/1", "Init:Error", "1"],
    ),
    "the first ended by a signal": (
        [
            {
                "name": "i",
                "ready": False,
                "restartCount": 0,
                "state": {"terminated": {"exitCode": 9, "signal": 9}},
            }
        ],
        ["0/1", "Init:Signal:9", "0"],
    ),
    "the first is done": (
        [
            {"name": "i", "ready": True, "restartCount": 0, "state": {"terminated": {"exitCode": 0}}},
            {
                "name": "j",
                "ready": False,
                "restartCount": 0,
                "state": {"running": {"startedAt": "2025-12-31T23:59:00Z"}},
            },
        ],
        ["0/1", "Init:1/2", "0"],
    ),
}


@pytest.mark.parametrize(("given", "row"), STATE_OF_INIT_CONTAINERS.values(), ids=STATE_OF_INIT_CONTAINERS)
def test_state_of_init_containers(given: Any, row: list[Any]) -> None:
    assert (
        shown(
            {"initContainers": [{"name": "i", "image": "i"}, {"name": "j", "image": "i"}]},
            phase="Pending",
            initContainerStatuses=given,
        )
        == row
    )


def test_sidecars_count_among_the_containers() -> None:
    sidecar = {"name": "i", "image": "i", "restartPolicy": "Always"}
    running = {"running": {"startedAt": "2025-12-31T23:59:00Z"}}
    status = {"ready": True, "restartCount": 2, "state": running}
    assert shown(
        {"initContainers": [sidecar]},
        phase="Running",
        initContainerStatuses=[{"name": "i", "started": True, **status}],
        containerStatuses=[{"name": "c", **status, "restartCount": 1}],
    ) == ["2/2", "Running", "3"]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ({"phase": "Running"}, "Terminating"),
        ({"phase": "Running", "reason": "NodeLost"}, "Unknown"),
        ({"phase": "Succeeded"}, "Succeeded"),
    ],
)
def test_a_deleted_pod_terminates_until_it_has_ended(status: dict[str, Any], state: str) -> None:
    body = {**pod(), "metadata": {"name": "p", "deletionTimestamp": "2026-01-01T00:00:00Z"}, "status": status}
    assert POD.cells(body)[2] == state


def test_address_node_and_gates_are_wide_columns() -> None:
    gates = [{"conditionType": "a"}, {"conditionType": "b"}]
    status = {"podIPs": [{"ip": "10.1.2.3"}], "conditions": [{"type": "a", "status": "True"}]}
    body = {**pod(nodeName="n", readinessGates=gates), "status": status}
    assert POD.cells(body)[5:] == ["10.1.2.3", "n", "<none>", "1/2"]


def test_finished_pods_are_marked_for_kubectl() -> None:
    assert POD.resource.row_conditions is not None
    (mark,) = POD.resource.row_conditions({**pod(), "status": {"phase": "Succeeded"}})
    assert (mark["type"], mark["status"], mark["reason"]) == ("Completed", "True", "Succeeded")
    assert POD.resource.row_conditions({**pod(), "status": {"phase": "Running"}}) == []
