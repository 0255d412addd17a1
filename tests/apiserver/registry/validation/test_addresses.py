"""Addresses and networks."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.validation.addresses import (
    cidr_warnings,
    ip_warnings,
    validate_cidr,
    validate_ip,
    validate_usual_ip,
)

IP: dict[str, tuple[Any, list[str]]] = {
    "IPv4": ("10.0.0.1", []),
    "IPv6": ("fd00::1", []),
    "leading zeros": ("010.0.0.1", ['ip: Invalid value: "010.0.0.1": must not have leading 0s']),
    "mapped": (
        "::ffff:10.0.0.1",
        ['ip: Invalid value: "::ffff:10.0.0.1": must not be an IPv4-mapped IPv6 address'],
    ),
    "a name": (
        "a",
        [('ip: Invalid value: "a": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')],
    ),
}


@pytest.mark.parametrize(("given", "problems"), IP.values(), ids=IP)
def test_ip(given: Any, problems: list[str]) -> None:
    assert [str(error) for error in validate_ip(given, "ip")] == problems


CIDR: dict[str, tuple[Any, list[str]]] = {
    "a network": ("10.0.0.0/8", []),
    "host bits": (
        "10.0.0.1/8",
        [('cidr: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length')],
    ),
    "no prefix": (
        "10.0.0.0",
        [
            (
                'cidr: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. '
                "10.9.8.0/24 or 2001:db8::/64)"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), CIDR.values(), ids=CIDR)
def test_cidr(given: Any, problems: list[str]) -> None:
    assert [str(error) for error in validate_cidr(given, "cidr")] == problems


USUAL_IP: dict[str, tuple[Any, list[str]]] = {
    "an address of a pod": ("10.1.2.3", []),
    "unspecified": ("0.0.0.0", ['ip: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)']),
    "loopback": (
        "127.0.0.1",
        [('ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)')],
    ),
    "link-local": (
        "169.254.1.1",
        [
            (
                'ip: Invalid value: "169.254.1.1": may not be in the link-local range '
                "(169.254.0.0/16, fe80::/10)"
            )
        ],
    ),
    "link-local multicast": (
        "224.0.0.1",
        [
            (
                'ip: Invalid value: "224.0.0.1": may not be in the link-local multicast '
                "range (224.0.0.0/24, ff02::/10)"
            )
        ],
    ),
    "IPv6 loopback": (
        "::1",
        [('ip: Invalid value: "::1": may not be in the loopback range (127.0.0.0/8, ::1/128)')],
    ),
    "a node of a local cluster": ("127.16.0.1", []),
    "not an address": ("a", ['ip: Invalid value: "a": must be a valid IP address']),
}


@pytest.mark.parametrize(("given", "problems"), USUAL_IP.values(), ids=USUAL_IP)
def test_usual_ip(given: Any, problems: list[str]) -> None:
    assert [str(error) for error in validate_usual_ip(given, "ip")] == problems


IP_WARNINGS: dict[str, tuple[Any, list[str]]] = {
    "usual": ("10.0.0.1", []),
    "leading zeros": ("010.0.0.1", ['ip: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"']),
    "an odd IPv6": (
        "fd00:0::1",
        [('ip: IPv6 address "fd00:0::1" should be in RFC 5952 canonical format ("fd00::1")')],
    ),
}


@pytest.mark.parametrize(("given", "warnings"), IP_WARNINGS.values(), ids=IP_WARNINGS)
def test_ip_warnings(given: Any, warnings: list[str]) -> None:
    assert ip_warnings(given, "ip") == warnings


CIDR_WARNINGS: dict[str, tuple[Any, list[str]]] = {
    "usual": ("10.0.0.0/8", []),
    "host bits": ("10.0.0.1/8", ['cidr: non-standard CIDR value "10.0.0.1/8" is invalid: use "10.0.0.0/8"']),
    "an odd IPv6": (
        "fd00:0::/64",
        [('cidr: IPv6 CIDR value "fd00:0::/64" should be in RFC 5952 canonical format ("fd00::/64")')],
    ),
}


@pytest.mark.parametrize(("given", "warnings"), CIDR_WARNINGS.values(), ids=CIDR_WARNINGS)
def test_cidr_warnings(given: Any, warnings: list[str]) -> None:
    assert cidr_warnings(given, "cidr") == warnings
