"""Main, init and ephemeral containers."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import POD, container, container_problems, pod, pod_problems

CONTAINER: dict[str, tuple[Any, list[str]]] = {
    "plain": ({}, []),
    "no name": ({"name": ""}, ["spec.containers[0].name: Required value"]),
    "bad name": (
        {"name": "A_b"},
        [
            (
                'spec.containers[0].name: Invalid value: "A_b": a lowercase RFC 1123 '
                "label must consist of lower case alphanumeric characters or '-', and "
                "must start and end with an alphanumeric character (e.g. 'my-name',  or "
                "'123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
            )
        ],
    ),
    "no image": ({"image": ""}, ["spec.containers[0].image: Required value"]),
    "a padded image": (
        {"image": " app:1"},
        [('spec.containers[0].image: Invalid value: " app:1": must not have leading or trailing whitespace')],
    ),
    "unknown pull policy": (
        {"imagePullPolicy": "Sometimes"},
        [
            (
                'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": '
                'supported values: "Always", "IfNotPresent", "Never"'
            )
        ],
    ),
    "unknown message policy": (
        {"terminationMessagePolicy": "Mail"},
        [
            (
                'spec.containers[0].terminationMessagePolicy: Unsupported value: "Mail": '
                'supported values: "File", "FallbackToLogsOnError"'
            )
        ],
    ),
    "resize of an unknown resource": (
        {"resizePolicy": [{"resourceName": "disk", "restartPolicy": "NotRequired"}]},
        [('spec.containers[0].resizePolicy: Unsupported value: "disk": supported values: "cpu", "memory"')],
    ),
    "resize twice": (
        {
            "resizePolicy": [
                {"resourceName": "cpu", "restartPolicy": "NotRequired"},
                {"resourceName": "cpu", "restartPolicy": "NotRequired"},
            ]
        },
        ['spec.containers[0].resizePolicy[1]: Duplicate value: "cpu"'],
    ),
}


@pytest.mark.parametrize(("given", "problems"), CONTAINER.values(), ids=CONTAINER)
def test_container(given: Any, problems: list[str]) -> None:
    assert container_problems(given) == problems


CONTAINERS_OF_A_POD: dict[str, tuple[Any, list[str]]] = {
    "none": ({"containers": []}, ["spec.containers: Required value"]),
    "a name twice": (
        {"containers": [{"name": "a", "image": "i"}, {"name": "a", "image": "i"}]},
        ['spec.containers[1].name: Duplicate value: "a"'],
    ),
    "a name of an init container": (
        {"initContainers": [{"name": "c", "image": "i"}]},
        ['spec.initContainers[0].name: Duplicate value: "c"'],
    ),
    "restart on resize where nothing restarts": (
        {
            "restartPolicy": "Never",
            "containers": [
                {
                    "name": "c",
                    "image": "i",
                    "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}],
                }
            ],
        },
        [
            (
                'spec.containers[0].resizePolicy: Invalid value: "RestartContainer": '
                "must be 'NotRequired' when pod `restartPolicy` is 'Never'"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), CONTAINERS_OF_A_POD.values(), ids=CONTAINERS_OF_A_POD)
def test_containers_of_a_pod(given: Any, problems: list[str]) -> None:
    assert pod_problems(given) == problems


INIT_CONTAINER: dict[str, tuple[Any, list[str]]] = {
    "plain": ({}, []),
    "a sidecar with probes": (
        {
            "restartPolicy": "Always",
            "readinessProbe": {"exec": {"command": ["a"]}},
            "lifecycle": {"preStop": {"exec": {"command": ["a"]}}},
        },
        [],
    ),
    "probes and hooks": (
        {
            "livenessProbe": {"exec": {"command": ["a"]}},
            "lifecycle": {"preStop": {"exec": {"command": ["a"]}}},
        },
        [
            (
                "spec.initContainers[0].lifecycle: Forbidden: may not be set for init "
                "containers without restartPolicy=Always"
            ),
            (
                "spec.initContainers[0].livenessProbe: Forbidden: may not be set for "
                "init containers without restartPolicy=Always"
            ),
        ],
    ),
    "no name": ({"name": ""}, ["spec.initContainers[0].name: Required value"]),
}


@pytest.mark.parametrize(("given", "problems"), INIT_CONTAINER.values(), ids=INIT_CONTAINER)
def test_init_container(given: Any, problems: list[str]) -> None:
    assert pod_problems({"initContainers": [{"name": "i", "image": "app:1", **given}]}) == problems


RESTART_RULES: dict[str, tuple[Any, list[str]]] = {
    "restart on a code": (
        {
            "restartPolicy": "Never",
            "restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}],
        },
        [],
    ),
    "no policy": (
        {"restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]},
        [
            (
                "spec.containers[0].restartPolicy: Required value: must specify "
                "restartPolicy when restart rules are used"
            )
        ],
    ),
    "unknown policy": (
        {"restartPolicy": "Sometimes"},
        [
            (
                'spec.containers[0].restartPolicy: Unsupported value: "Sometimes": '
                'supported values: "Always", "Never", "OnFailure"'
            )
        ],
    ),
    "no codes": (
        {"restartPolicy": "Never", "restartPolicyRules": [{"action": "Restart"}]},
        [("spec.containers[0].restartPolicyRules[0].exitCodes: Required value: must be specified")],
    ),
    "unknown action and operator": (
        {
            "restartPolicy": "Never",
            "restartPolicyRules": [{"action": "Panic", "exitCodes": {"operator": "Like", "values": [1]}}],
        },
        [
            (
                "spec.containers[0].restartPolicyRules[0].action: Unsupported value: "
                '"Panic": supported values: "Restart", "RestartAllContainers"'
            ),
            (
                "spec.containers[0].restartPolicyRules[0].exitCodes.operator: "
                'Unsupported value: "Like": supported values: "In", "NotIn"'
            ),
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), RESTART_RULES.values(), ids=RESTART_RULES)
def test_restart_rules(given: Any, problems: list[str]) -> None:
    assert container_problems(given) == problems


def test_what_init_containers_may_not_restart() -> None:
    rules = [{"action": "Panic"}]
    resize = [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]
    first, second = container(name="i", restartPolicyRules=rules), container(name="j", resizePolicy=resize)
    assert POD.problems(pod(initContainers=[first, second])) == [
        "spec.initContainers[0].restartPolicy: Required value: must specify restartPolicy when restart rules "
        "are used",
        'spec.initContainers[1].resizePolicy[0].restartPolicy: Invalid value: "RestartContainer": must not '
        "be set to 'RestartContainer' for non-sidecar initContainers",
    ]
