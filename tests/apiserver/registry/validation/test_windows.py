"""Windows options: names of users and domains, host processes."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import pod_problems

WINDOWS_OPTIONS: dict[str, tuple[Any, list[str]]] = {
    "a user": ({"runAsUserName": "DOMAIN\\user"}, []),
    "no user": (
        {"runAsUserName": ""},
        [
            (
                'spec.securityContext.windowsOptions.runAsUserName: Invalid value: "": '
                "runAsUserName cannot be an empty string"
            )
        ],
    ),
    "two backslashes": (
        {"runAsUserName": "a\\b\\c"},
        [
            (
                "spec.securityContext.windowsOptions.runAsUserName: Invalid value: "
                '"a\\\\b\\\\c": runAsUserName cannot contain more than one backslash'
            )
        ],
    ),
    "control characters": (
        {"runAsUserName": "a\nb"},
        [
            (
                "spec.securityContext.windowsOptions.runAsUserName: Invalid value: "
                '"a\\nb": runAsUserName cannot contain control characters'
            )
        ],
    ),
    "bad characters": (
        {"runAsUserName": "a|b"},
        [
            (
                "spec.securityContext.windowsOptions.runAsUserName: Invalid value: "
                '"a|b": runAsUserName\'s User cannot contain the following characters: '
                '"/\\:;|=,+*?<>@[]'
            )
        ],
    ),
    "only dots": (
        {"runAsUserName": ".."},
        [
            (
                'spec.securityContext.windowsOptions.runAsUserName: Invalid value: "..": '
                "runAsUserName's User cannot contain only periods or spaces"
            )
        ],
    ),
    "no user in a domain": (
        {"runAsUserName": "a\\"},
        [
            (
                "spec.securityContext.windowsOptions.runAsUserName: Invalid value: "
                '"a\\\\": runAsUserName\'s User cannot be empty'
            )
        ],
    ),
    "a bad domain": (
        {"runAsUserName": ".a?\\b"},
        [
            (
                "spec.securityContext.windowsOptions.runAsUserName: Invalid value: "
                "\".a?\\\\b\": runAsUserName's Domain doesn't match the NetBios nor the "
                "DNS format"
            )
        ],
    ),
    "a long user": (
        {
            "runAsUserName": (
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            )
        },
        [
            (
                "spec.securityContext.windowsOptions.runAsUserName: Invalid value: "
                '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\": runAsUserName's User length "
                "must not be longer than 104 characters"
            )
        ],
    ),
    "credentials": (
        {"gmsaCredentialSpecName": "A_b", "gmsaCredentialSpec": ""},
        [
            (
                "spec.securityContext.windowsOptions.gmsaCredentialSpecName: Invalid "
                'value: "A_b": a lowercase RFC 1123 subdomain must consist of lower case '
                "alphanumeric characters, '-' or '.', and must start and end with an "
                "alphanumeric character (e.g. 'example.com', regex used for validation "
                "is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            ),
            (
                "spec.securityContext.windowsOptions.gmsaCredentialSpec: Invalid value: "
                '"": gmsaCredentialSpec cannot be an empty string'
            ),
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), WINDOWS_OPTIONS.values(), ids=WINDOWS_OPTIONS)
def test_windows_options(given: Any, problems: list[str]) -> None:
    assert pod_problems({"securityContext": {"windowsOptions": given}}) == problems


HOST_PROCESSES: dict[str, tuple[Any, list[str]]] = {
    "on the host's network": (
        {"hostNetwork": True, "securityContext": {"windowsOptions": {"hostProcess": True}}},
        [],
    ),
    "on the pod's network": (
        {"securityContext": {"windowsOptions": {"hostProcess": True}}},
        [
            (
                "spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod "
                "contains any hostProcess containers"
            )
        ],
    ),
    "only one of two": (
        {
            "hostNetwork": True,
            "containers": [
                {"name": "a", "image": "i", "securityContext": {"windowsOptions": {"hostProcess": True}}},
                {"name": "b", "image": "i"},
            ],
        },
        [
            (
                'spec: Invalid value: "": If pod contains any hostProcess containers '
                "then all containers must be HostProcess containers"
            )
        ],
    ),
    "a container differs": (
        {
            "hostNetwork": True,
            "securityContext": {"windowsOptions": {"hostProcess": True}},
            "containers": [
                {"name": "a", "image": "i", "securityContext": {"windowsOptions": {"hostProcess": False}}}
            ],
        },
        [
            (
                "spec.containers[0].securityContext.windowsOptions.hostProcess: Invalid "
                "value: false: pod hostProcess value must be identical if both are "
                "specified, was true"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), HOST_PROCESSES.values(), ids=HOST_PROCESSES)
def test_host_processes(given: Any, problems: list[str]) -> None:
    assert pod_problems(given) == problems
