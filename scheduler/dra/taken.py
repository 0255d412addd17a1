"""What allocated claims hold: whole devices, and parts of those that several may share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...apimachinery import quantity
from .capacity import Amounts
from .identity import DeviceId

Object = dict[str, Any]


class Taken:
    """Kept up to date claim by claim. Access for administration takes nothing."""

    def __init__(self) -> None:
        self.shared: dict[DeviceId, Amounts] = {}
        """Of devices that are shared, the capacities that are used of each."""
        self._whole: dict[DeviceId, int] = {}
        self._parts: dict[DeviceId, int] = {}
        self._held: dict[str, list[Object]] = {}

    def __contains__(self, device: object) -> bool:
        """Whether the device uses the counters of its pool."""
        return device in self._whole or device in self._parts

    def whole(self, device: DeviceId) -> bool:
        """Whether one claim has the device for itself."""
        return device in self._whole

    def devices(self) -> set[DeviceId]:
        return {*self._whole, *self._parts}

    def note(self, key: str, claim: Object | None) -> None:
        """What the claim of that key holds now; None when there is none."""
        for result in self._held.pop(key, ()):
            self._count(result, -1)
        held = list(_results(claim)) if claim is not None else []
        for result in held:
            self._count(result, 1)
        if held:
            self._held[key] = held

    def _count(self, result: Object, sign: int) -> None:
        device = DeviceId(result["driver"], result["pool"], result["device"])
        table = self._parts if result.get("shareID") else self._whole
        left = table.get(device, 0) + sign
        if left:
            table[device] = left
        else:
            table.pop(device, None)
        if not result.get("shareID"):
            return
        used = self.shared.setdefault(device, {})
        for name, amount in (result.get("consumedCapacity") or {}).items():
            given = quantity.parse(amount)
            used[name] = used.get(name, quantity.ZERO) + (given if sign > 0 else -given)
        if device not in self._parts:
            del self.shared[device]


def _results(claim: Object) -> Iterator[Object]:
    allocation = (claim.get("status") or {}).get("allocation") or {}
    for result in (allocation.get("devices") or {}).get("results") or ():
        if not result.get("adminAccess"):
            yield result
