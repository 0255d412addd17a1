"""Endpoints: subsets, and the short list of addresses."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

ENDPOINTS = Kind("", "v1", "Endpoints")


ENDPOINTS_PROBLEMS: dict[str, tuple[Any, list[str]]] = {
    "an address and a port": ({"addresses": [{"ip": "10.1.2.3"}], "ports": [{"port": 80}]}, []),
    "no address": (
        {"ports": [{"port": 80}]},
        ["subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"],
    ),
    "bad addresses": (
        {"addresses": [{"ip": "a"}], "notReadyAddresses": [{"ip": "127.0.0.1"}]},
        [
            (
                'subsets[0].addresses[0].ip: Invalid value: "a": must be a valid IP '
                "address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
            ),
            'subsets[0].addresses[0].ip: Invalid value: "a": must be a valid IP address',
            (
                'subsets[0].notReadyAddresses[0].ip: Invalid value: "127.0.0.1": may not '
                "be in the loopback range (127.0.0.0/8, ::1/128)"
            ),
        ],
    ),
    "bad names": (
        {"addresses": [{"ip": "10.1.2.3", "hostname": "a.b", "nodeName": "A"}]},
        [
            'subsets[0].addresses[0].hostname: Invalid value: "a.b": must not contain dots',
            (
                'subsets[0].addresses[0].nodeName: Invalid value: "A": a lowercase RFC '
                "1123 subdomain must consist of lower case alphanumeric characters, '-' "
                "or '.', and must start and end with an alphanumeric character (e.g. "
                "'example.com', regex used for validation is "
                "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            ),
        ],
    ),
    "two ports without names": (
        {"addresses": [{"ip": "10.1.2.3"}], "ports": [{"port": 80}, {"port": 81}]},
        ["subsets[0].ports[0].name: Required value", "subsets[0].ports[1].name: Required value"],
    ),
    "bad port": (
        {"addresses": [{"ip": "10.1.2.3"}], "ports": [{"port": 0, "protocol": "A", "appProtocol": "a b"}]},
        [
            ("subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"),
            ('subsets[0].ports[0].protocol: Unsupported value: "A": supported values: "SCTP", "TCP", "UDP"'),
            (
                'subsets[0].ports[0].appProtocol: Invalid value: "a b": name part must '
                "consist of alphanumeric characters, '-', '_' or '.', and must start and "
                "end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or "
                "'123-abc', regex used for validation is "
                "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            ),
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), ENDPOINTS_PROBLEMS.values(), ids=ENDPOINTS_PROBLEMS)
def test_endpoints_problems(given: Any, problems: list[str]) -> None:
    assert ENDPOINTS.problems({"subsets": [given]}) == problems


ENDPOINTS_ROW: dict[str, tuple[Any, str]] = {
    "nothing": ([], "<none>"),
    "without ports": ([{"addresses": [{"ip": "10.1.2.3"}]}], "10.1.2.3"),
    "only the ready ones": ([{"notReadyAddresses": [{"ip": "10.1.2.3"}], "ports": [{"port": 80}]}], ""),
    "four": (
        [
            {
                "addresses": [{"ip": "10.1.2.3"}, {"ip": "fd00::1"}],
                "ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81}],
            }
        ],
        "10.1.2.3:80,[fd00::1]:80,10.1.2.3:81 + 1 more...",
    ),
}


@pytest.mark.parametrize(("given", "cell"), ENDPOINTS_ROW.values(), ids=ENDPOINTS_ROW)
def test_endpoints_row(given: Any, cell: str) -> None:
    assert ENDPOINTS.cells({"subsets": given})[1] == cell
