"""Pod IPs of one node."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from .runtime.contract import RuntimeFault


class PodAddresses:
    """Hands out addresses of the podCIDR in turn, so that a freed one rests before it is used again."""

    def __init__(self) -> None:
        self._waiting: list[Callable[[], object]] = []
        self._first = 0
        self._size = 0
        self._next = 2
        self._by_uid: dict[str, str] = {}

    def assign(self, cidr: str) -> None:
        """The node's podCIDR, once; it never changes."""
        network = ipaddress.ip_network(cidr)
        self._first, self._size = int(network.network_address), network.num_addresses
        waiting, self._waiting = self._waiting, []
        for tell in waiting:
            tell()

    @property
    def known(self) -> bool:
        return self._size > 0

    def when_known(self, tell: Callable[[], object]) -> None:
        """Calls `tell` once the range is known."""
        self._waiting.append(tell)

    def take(self, uid: str, wanted: str = "") -> str:
        """The pod's address, once the range is known. `wanted` is kept when it is free."""
        if uid in self._by_uid:
            return self._by_uid[uid]
        used = set(self._by_uid.values())
        if wanted and self._inside(wanted) and wanted not in used:
            self._by_uid[uid] = wanted
            return wanted
        for _ in range(self._size):
            offset = self._next
            self._next = self._next + 1 if self._next + 2 < self._size else 2
            address = str(ipaddress.ip_address(self._first + offset))
            if address not in used:
                self._by_uid[uid] = address
                return address
        raise RuntimeFault("FailedCreatePodSandBox", "no IP addresses available in range set")

    def give_back(self, uid: str) -> None:
        self._by_uid.pop(uid, None)

    def _inside(self, address: str) -> bool:
        offset = int(ipaddress.ip_address(address)) - self._first
        return 1 < offset < self._size - 1
