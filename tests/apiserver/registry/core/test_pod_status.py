"""What the status of a pod may say."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.core.pod_status import status_warnings

from ..pods import POD, pod


def status_problems(status: dict[str, Any], before: dict[str, Any] | None = None, **spec: Any) -> list[str]:
    old = {**pod(**spec), "status": {"phase": "Running", "qosClass": "BestEffort", **(before or {})}}
    return POD.update_problems(old, {**pod(**spec), "status": {"qosClass": "BestEffort", **status}}, "status")


ENDED = {"name": "c", "state": {"terminated": {"exitCode": 0}}}
RUNS = {"name": "c", "state": {"running": {}}}


POD_STATUS: dict[str, tuple[Any, list[str]]] = {
    "addresses": ({"podIP": "10.1.2.3", "hostIP": "10.0.0.1", "hostIPs": [{"ip": "10.0.0.1"}]}, []),
    "not an address": (
        {"podIPs": [{"ip": "a"}]},
        [
            (
                'status.podIPs[0]: Invalid value: "a": must be a valid IP address, (e.g. '
                "10.9.8.7 or 2001:db8::ffff)"
            )
        ],
    ),
    "two addresses of one family": (
        {"podIPs": [{"ip": "10.1.2.3"}, {"ip": "10.1.2.4"}]},
        [
            (
                'status.podIPs: Invalid value: [{"IP":"10.1.2.3"},{"IP":"10.1.2.4"}]: '
                "may specify no more than one IP for each IP family"
            )
        ],
    ),
    "another first host address": (
        {"hostIP": "10.0.0.2", "hostIPs": [{"ip": "10.0.0.1"}]},
        ['status.hostIPs[0].ip: Invalid value: "10.0.0.1": must be equal to `hostIP`'],
    ),
    "another quality": (
        {"qosClass": "Guaranteed"},
        ['status.qosClass: Invalid value: "Guaranteed": field is immutable'],
    ),
    "own condition": ({"conditions": [{"type": "test.io/Warm", "status": "True"}]}, []),
    "bad condition": (
        {"conditions": [{"type": "a b", "status": "True"}]},
        [
            (
                'status.conditions[0].Type: Invalid value: "a b": name part must '
                "consist of alphanumeric characters, '-', '_' or '.', and must start and "
                "end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or "
                "'123-abc', regex used for validation is "
                "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            )
        ],
    ),
    "bad nominated node": (
        {"nominatedNodeName": "A b"},
        [
            (
                'status.nominatedNodeName: Invalid value: "A b": a lowercase RFC 1123 '
                "subdomain must consist of lower case alphanumeric characters, '-' or "
                "'.', and must start and end with an alphanumeric character (e.g. "
                "'example.com', regex used for validation is "
                "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            )
        ],
    ),
    "an unknown claim": (
        {"resourceClaimStatuses": [{"name": "a"}]},
        [
            (
                'status.resourceClaimStatuses[0].name: Invalid value: "a": must match '
                "the name of an entry in `spec.resourceClaims`"
            )
        ],
    ),
    "bad user": (
        {"containerStatuses": [{"name": "c", "user": {"linux": {"uid": -1, "gid": 0}}}]},
        [
            (
                "status.containerStatuses[0].linux.uid: Invalid value: -1: must be "
                "between 0 and 2147483647, inclusive"
            )
        ],
    ),
    "devices of ephemeral containers": (
        {"ephemeralContainerStatuses": [{"name": "e", "allocatedResourcesStatus": [{"name": "a"}]}]},
        [
            (
                "status.ephemeralContainerStatuses[0].allocatedResourcesStatus: "
                "Forbidden: must not be specified in container status"
            )
        ],
    ),
    "devices that the container did not ask for": (
        {
            "containerStatuses": [
                {
                    "name": "c",
                    "allocatedResourcesStatus": [
                        {"name": "test.io/gpu", "resources": [{"resourceID": "1", "health": "Ill"}]}
                    ],
                }
            ]
        },
        [
            (
                "status.containerStatuses[0].allocatedResourcesStatus[0].name: Invalid "
                'value: "test.io/gpu": must match one of the container\'s resource '
                "requests"
            ),
            (
                "status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].h"
                'ealth: Unsupported value: "Ill": supported values: "Healthy", '
                '"Unhealthy", "Unknown"'
            ),
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), POD_STATUS.values(), ids=POD_STATUS)
def test_pod_status(given: Any, problems: list[str]) -> None:
    assert status_problems(given) == problems


A_CONTAINER_THAT_ENDED: dict[str, tuple[Any, list[str]]] = {
    "may run again": ("Always", []),
    "may run again after a failure only": (
        "OnFailure",
        [("status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state")],
    ),
    "may not run again": (
        "Never",
        [("status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state")],
    ),
}


@pytest.mark.parametrize(("given", "problems"), A_CONTAINER_THAT_ENDED.values(), ids=A_CONTAINER_THAT_ENDED)
def test_a_container_that_ended(given: Any, problems: list[str]) -> None:
    assert (
        status_problems({"containerStatuses": [RUNS]}, {"containerStatuses": [ENDED]}, restartPolicy=given)
        == problems
    )


ON_ZERO = {"exitCodes": {"operator": "In", "values": [0]}}
AGAIN, ALL_AGAIN = ({"action": action, **ON_ZERO} for action in ("Restart", "RestartAllContainers"))


@pytest.mark.parametrize(
    ("own", "may"),
    [
        ({}, False),
        ({"restartPolicy": "Always"}, True),
        ({"restartPolicy": "OnFailure"}, False),
        ({"restartPolicy": "Never", "restartPolicyRules": [AGAIN]}, True),
        (
            {"restartPolicy": "Never", "restartPolicyRules": [ALL_AGAIN]},
            True,
        ),
    ],
)
def test_a_containers_own_rules_come_before_its_pods(own: Any, may: bool) -> None:
    (container,) = pod()["spec"]["containers"]
    spec = {"restartPolicy": "Never", "containers": [container | own]}
    found = status_problems({"containerStatuses": [RUNS]}, {"containerStatuses": [ENDED]}, **spec)
    assert (found == []) == may


def test_the_single_address_follows_the_list() -> None:
    status = POD.defaulted({**pod(), "status": {"podIPs": [{"ip": "10.1.2.3"}]}})["status"]
    assert status["podIP"] == "10.1.2.3"


def test_the_list_of_addresses_follows_the_single_one() -> None:
    status = POD.defaulted({**pod(), "status": {"podIP": "10.1.2.3"}})["status"]
    assert status["podIPs"] == [{"ip": "10.1.2.3"}]


REQUESTED = "status.extendedResourceClaimStatus"
MAPPED = {"containerName": "c", "resourceName": "example.com/gpu", "requestName": "r"}
MORE_STATUS: dict[str, tuple[Any, list[str]]] = {
    "the same address twice": (
        {"podIPs": [{"ip": "10.1.2.3"}, {"ip": "10.1.2.3"}]},
        [
            'status.podIPs: Invalid value: [{"IP":"10.1.2.3"},{"IP":"10.1.2.3"}]: '
            "may specify no more than one IP for each IP family"
        ],
    ),
    "a generation below none": (
        {"observedGeneration": -1, "conditions": [{"type": "Ready", "observedGeneration": -2}]},
        [
            "status.conditions[0].observedGeneration: Invalid value: -2: must be a non-negative integer",
            "status.observedGeneration: Invalid value: -1: must be a non-negative integer",
        ],
    ),
    "a claim without mappings": (
        {"extendedResourceClaimStatus": {"resourceClaimName": "x"}},
        [f"{REQUESTED}.requestMappings: Required value: at least one request mapping is required"],
    ),
    "a claim without a name": (
        {"extendedResourceClaimStatus": {"requestMappings": [MAPPED]}},
        [f"{REQUESTED}.resourceClaimName: Required value"],
    ),
    "a mapping twice": (
        {"extendedResourceClaimStatus": {"resourceClaimName": "x", "requestMappings": [MAPPED, MAPPED]}},
        [
            f'{REQUESTED}.requestMappings[1].containerName: Duplicate value: "c"',
            f'{REQUESTED}.requestMappings[1].resourceName: Duplicate value: "example.com/gpu"',
            f'{REQUESTED}.requestMappings[1].requestName: Duplicate value: "r"',
        ],
    ),
}


@pytest.mark.parametrize(("status", "problems"), MORE_STATUS.values(), ids=MORE_STATUS)
def test_more_of_a_status(status: Any, problems: list[str]) -> None:
    wants = {"limits": {"example.com/gpu": "1"}, "requests": {"example.com/gpu": "1"}}
    containers = [{"name": "c", "image": "app:1", "resources": wants}]
    assert status_problems(status, containers=containers) == problems


def test_an_address_that_is_none_fails_the_check_of_families() -> None:
    problems = status_problems({"podIPs": [{"ip": "10.1.2.3"}, {"ip": "x"}]})
    why = "failed to check for dual stack with error:invalid IP[1]: x"
    assert f"status.podIPs: Internal error: {why}" in problems


def test_a_pod_that_is_bound_gets_no_nominated_node() -> None:
    assert status_problems({"nominatedNodeName": "m"}, nodeName="n") == [
        "status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node"
    ]


def test_generations_observed_once_stay_unless_given() -> None:
    before = {"observedGeneration": 3, "conditions": [{"type": "Ready", "observedGeneration": 2}]}
    old = {**pod(), "status": before}
    after = {"conditions": [{"type": "Ready"}, {"type": "Ready"}, {"type": "PodScheduled"}]}
    status = POD.updated(old, {**pod(), "status": after}, "status")["status"]
    assert status["observedGeneration"] == 3
    assert [condition.get("observedGeneration") for condition in status["conditions"]] == [2, None, None]


def test_a_status_loses_what_closed_gates_keep_out() -> None:
    mount = {"name": "v", "mountPath": "/v", "volumeStatus": {"image": {"imageRef": "x"}}}
    status = {
        "containerStatuses": [{"name": "c", "volumeMounts": [mount]}],
        "nodeAllocatableResourceClaimStatuses": [{"resourceClaimName": "x"}],
    }
    kept = POD.updated(pod(), {**pod(), "status": status}, "status")["status"]
    assert "nodeAllocatableResourceClaimStatuses" not in kept
    assert kept["containerStatuses"][0]["volumeMounts"] == [{"name": "v", "mountPath": "/v"}]


def test_odd_addresses_of_a_status_are_warned_about() -> None:
    assert status_warnings({"podIPs": [{"ip": "010.0.0.1"}], "hostIPs": [{"ip": "FD00::1"}]}) == [
        'status.podIPs[0].ip: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"',
        'status.hostIPs[0].ip: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
    ]
