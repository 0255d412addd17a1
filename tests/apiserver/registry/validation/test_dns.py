"""Resolver configuration and hosts file of a pod."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import pod_problems

DNS: dict[str, tuple[Any, list[str]]] = {
    "own resolver": (
        {
            "dnsPolicy": "None",
            "dnsConfig": {
                "nameservers": ["10.0.0.1"],
                "searches": ["a.b", "."],
                "options": [{"name": "ndots", "value": "2"}],
            },
        },
        [],
    ),
    "unknown policy": (
        {"dnsPolicy": "Mine"},
        [
            (
                'spec.dnsPolicy: Unsupported value: "Mine": supported values: '
                '"ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"'
            )
        ],
    ),
    "no configuration for none": (
        {"dnsPolicy": "None"},
        [("spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None")],
    ),
    "no server for none": (
        {"dnsPolicy": "None", "dnsConfig": {"searches": ["a"]}},
        [
            (
                "spec.dnsConfig.nameservers: Required value: must provide at least one "
                "DNS nameserver when `dnsPolicy` is None"
            )
        ],
    ),
    "too many servers": (
        {"dnsConfig": {"nameservers": ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]}},
        [
            (
                'spec.dnsConfig.nameservers: Invalid value: ["10.0.0.1","10.0.0.2",'
                '"10.0.0.3","10.0.0.4"]: must not have more than 3 nameservers'
            )
        ],
    ),
    "not an address": (
        {"dnsConfig": {"nameservers": ["dns"]}},
        [
            (
                'spec.dnsConfig.nameservers[0]: Invalid value: "dns": must be a valid IP '
                "address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
            )
        ],
    ),
    "bad search": (
        {"dnsConfig": {"searches": ["a b"]}},
        [
            (
                'spec.dnsConfig.searches[0]: Invalid value: "a b": a lowercase RFC 1123 '
                "subdomain must consist of lower case alphanumeric characters, '_', '-' "
                "or '.', and must start and end with an alphanumeric character (e.g. "
                "'example.com', regex used for validation is "
                "'_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*"
                "')"
            )
        ],
    ),
    "option without name": (
        {"dnsConfig": {"options": [{"value": "a"}]}},
        ["spec.dnsConfig.options[0]: Required value: must not be empty"],
    ),
}


@pytest.mark.parametrize(("given", "problems"), DNS.values(), ids=DNS)
def test_dns(given: Any, problems: list[str]) -> None:
    assert pod_problems(given) == problems


HOST_ALIASES: dict[str, tuple[Any, list[str]]] = {
    "an alias": ([{"ip": "10.0.0.1", "hostnames": ["a.b"]}], []),
    "not an address": (
        [{"ip": "a", "hostnames": ["a"]}],
        [
            (
                'spec.hostAliases[0].ip: Invalid value: "a": must be a valid IP address, '
                "(e.g. 10.9.8.7 or 2001:db8::ffff)"
            )
        ],
    ),
    "bad name": (
        [{"ip": "10.0.0.1", "hostnames": ["A b"]}],
        [
            (
                'spec.hostAliases[0].hostnames[0]: Invalid value: "A b": a lowercase RFC '
                "1123 subdomain must consist of lower case alphanumeric characters, '-' "
                "or '.', and must start and end with an alphanumeric character (e.g. "
                "'example.com', regex used for validation is "
                "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), HOST_ALIASES.values(), ids=HOST_ALIASES)
def test_host_aliases(given: Any, problems: list[str]) -> None:
    assert pod_problems({"hostAliases": given}) == problems
