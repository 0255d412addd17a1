"""Probes and lifecycle handlers: exactly one action, sane numbers."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import container_problems

LIVENESS_PROBE: dict[str, tuple[Any, list[str]]] = {
    "http": ({"httpGet": {"path": "/", "port": 80}}, []),
    "http on a named port": ({"httpGet": {"path": "/", "port": "http"}}, []),
    "no action": (
        {"periodSeconds": 1},
        ["spec.containers[0].livenessProbe: Required value: must specify a handler type"],
    ),
    "two actions": (
        {"exec": {"command": ["a"]}, "tcpSocket": {"port": 80}},
        [("spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type")],
    ),
    "exec without command": ({"exec": {}}, ["spec.containers[0].livenessProbe.exec.command: Required value"]),
    "http port zero": (
        {"httpGet": {"path": "/", "port": 0}},
        [
            (
                "spec.containers[0].livenessProbe.httpGet.port: Invalid value: 0: must "
                "be between 1 and 65535, inclusive"
            )
        ],
    ),
    "http scheme": (
        {"httpGet": {"path": "/", "port": 80, "scheme": "FTP"}},
        [
            (
                "spec.containers[0].livenessProbe.httpGet.scheme: Unsupported value: "
                '"FTP": supported values: "HTTP", "HTTPS"'
            )
        ],
    ),
    "http header name": (
        {"httpGet": {"path": "/", "port": 80, "httpHeaders": [{"name": "a b", "value": "c"}]}},
        [
            (
                'spec.containers[0].livenessProbe.httpGet.httpHeaders: Invalid value: "a '
                'b": a valid HTTP header must consist of alphanumeric characters or '
                "'-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"
            )
        ],
    ),
    "tcp port name": (
        {"tcpSocket": {"port": "Bad_Name"}},
        [
            (
                "spec.containers[0].livenessProbe.tcpSocket.port: Invalid value: "
                '"Bad_Name": must contain only alpha-numeric characters (a-z, 0-9), and '
                "hyphens (-)"
            )
        ],
    ),
    "grpc port": (
        {"grpc": {"port": 0}},
        [
            (
                "spec.containers[0].livenessProbe.grpc.port: Invalid value: 0: must be "
                "between 1 and 65535, inclusive"
            )
        ],
    ),
    "negative numbers": (
        {
            "exec": {"command": ["a"]},
            "initialDelaySeconds": -1,
            "timeoutSeconds": -2,
            "periodSeconds": -3,
            "failureThreshold": -4,
        },
        [
            (
                "spec.containers[0].livenessProbe.initialDelaySeconds: Invalid value: "
                "-1: must be greater than or equal to 0"
            ),
            (
                "spec.containers[0].livenessProbe.timeoutSeconds: Invalid value: -2: "
                "must be greater than or equal to 0"
            ),
            (
                "spec.containers[0].livenessProbe.periodSeconds: Invalid value: -3: must "
                "be greater than or equal to 0"
            ),
            (
                "spec.containers[0].livenessProbe.failureThreshold: Invalid value: -4: "
                "must be greater than or equal to 0"
            ),
        ],
    ),
    "more than one success": (
        {"exec": {"command": ["a"]}, "successThreshold": 2},
        ["spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1"],
    ),
    "grace of zero": (
        {"exec": {"command": ["a"]}, "terminationGracePeriodSeconds": 0},
        [
            (
                "spec.containers[0].livenessProbe.terminationGracePeriodSeconds: Invalid "
                "value: 0: must be greater than 0"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), LIVENESS_PROBE.values(), ids=LIVENESS_PROBE)
def test_liveness_probe(given: Any, problems: list[str]) -> None:
    assert container_problems({"livenessProbe": given}) == problems


READINESS_PROBE: dict[str, tuple[Any, list[str]]] = {
    "may take several successes": ({"exec": {"command": ["a"]}, "successThreshold": 3}, []),
    "has no grace period": (
        {"exec": {"command": ["a"]}, "terminationGracePeriodSeconds": 5},
        [
            (
                "spec.containers[0].readinessProbe.terminationGracePeriodSeconds: "
                "Invalid value: 5: must not be set for readinessProbes"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), READINESS_PROBE.values(), ids=READINESS_PROBE)
def test_readiness_probe(given: Any, problems: list[str]) -> None:
    assert container_problems({"readinessProbe": given}) == problems


STARTUP_PROBE: dict[str, tuple[Any, list[str]]] = {
    "more than one success": (
        {"exec": {"command": ["a"]}, "successThreshold": 2},
        ["spec.containers[0].startupProbe.successThreshold: Invalid value: 2: must be 1"],
    ),
}


@pytest.mark.parametrize(("given", "problems"), STARTUP_PROBE.values(), ids=STARTUP_PROBE)
def test_startup_probe(given: Any, problems: list[str]) -> None:
    assert container_problems({"startupProbe": given}) == problems


LIFECYCLE: dict[str, tuple[Any, list[str]]] = {
    "a sleep within the grace period": ({"preStop": {"sleep": {"seconds": 5}}}, []),
    "a sleep beyond the grace period": (
        {"preStop": {"sleep": {"seconds": 31}}},
        [
            (
                "spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be "
                "non-negative and less than terminationGracePeriodSeconds (30)"
            )
        ],
    ),
    "a negative sleep": (
        {"postStart": {"sleep": {"seconds": -1}}},
        [
            (
                "spec.containers[0].lifecycle.postStart.sleep: Invalid value: -1: must "
                "be non-negative and less than terminationGracePeriodSeconds (30)"
            )
        ],
    ),
    "no action": (
        {"postStart": {}},
        [("spec.containers[0].lifecycle.postStart: Required value: must specify a handler type")],
    ),
    "two actions": (
        {"preStop": {"sleep": {"seconds": 1}, "exec": {"command": ["a"]}}},
        [("spec.containers[0].lifecycle.preStop.sleep: Forbidden: may not specify more than 1 handler type")],
    ),
}


@pytest.mark.parametrize(("given", "problems"), LIFECYCLE.values(), ids=LIFECYCLE)
def test_lifecycle(given: Any, problems: list[str]) -> None:
    assert container_problems({"lifecycle": given}) == problems
