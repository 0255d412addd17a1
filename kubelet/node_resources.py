"""What others say that a node has: extended resources, such as `example.com/dongle`.

Whoever advertises one writes it into the capacity; the kubelet grants what is there. Source: kubelet's
`MachineInfo` setter; the page on advertising extended resources.
"""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


def to_grant(status: Object) -> dict[str, str | None]:
    """What to patch into `allocatable` for it to follow `capacity`; None takes a resource away."""
    capacity, allocatable = status.get("capacity") or {}, status.get("allocatable") or {}
    news: dict[str, str | None] = {
        name: amount
        for name, amount in capacity.items()
        if is_extended(name) and allocatable.get(name) != amount
    }
    return news | {name: None for name in allocatable if is_extended(name) and name not in capacity}


def is_extended(name: str) -> bool:
    domain, slash, _ = name.partition("/")
    return bool(slash) and domain != "kubernetes.io" and not domain.endswith(".kubernetes.io")
