"""Whom a probe asks."""

from __future__ import annotations

import pytest
from wherry.kubelet.probes.check import Target, host


@pytest.mark.parametrize(
    ("ip", "on_node", "named", "asked"),
    [
        ("127.64.0.9", False, "", "127.64.0.9"),
        ("127.64.0.9", False, "127.0.0.1", "127.0.0.1"),
        ("127.16.0.2", True, "127.0.0.1", "127.16.0.2"),
        ("127.16.0.2", True, "localhost", "127.16.0.2"),
        ("127.16.0.2", True, "example.com", "example.com"),
        ("192.0.2.7", True, "127.0.0.1", "127.0.0.1"),
    ],
)
def test_localhost_is_the_node_for_what_is_on_its_network(
    ip: str, on_node: bool, named: str, asked: str
) -> None:
    target = Target(ip, "id", {"name": "c"}, {"spec": {"hostNetwork": on_node}})
    assert host(target, {"host": named}) == asked
