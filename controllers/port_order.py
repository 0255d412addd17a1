"""The order in which Endpoints and their slices list ports: by a hash of Go's print-out of each.

Source: upstream sorts by FNV-1a, 128 bits, of what spew makes of core/v1 and discovery/v1 EndpointPort.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

PRIME, BASIS = 0x1000000000000000000013B, 0x6C62272E07BB014262B821756295C58D


class Port(NamedTuple):
    """Of an endpoint; what is not given is empty."""

    name: str
    protocol: str
    number: int
    application: str


@lru_cache(maxsize=1024)
def in_endpoints(port: Port) -> int:
    """Sort key."""
    return _hash(
        f"(v1.EndpointPort){{Name:(string){port.name} Port:(int32){port.number} "
        f"Protocol:(v1.Protocol){port.protocol} AppProtocol:(*string){port.application or '<nil>'}}}"
    )


@lru_cache(maxsize=1024)
def in_slices(port: Port) -> int:
    """Sort key."""
    return _hash(
        f"(v1.EndpointPort){{Name:(*string){port.name} Protocol:(*v1.Protocol){port.protocol} "
        f"Port:(*int32){port.number} AppProtocol:(*string){port.application or '<nil>'}}}"
    )


def _hash(text: str) -> int:
    found = BASIS
    for byte in text.encode():
        found = (found ^ byte) * PRIME & (1 << 128) - 1
    return found
