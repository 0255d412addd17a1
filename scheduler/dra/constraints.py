"""Constraints between the devices of one claim: the same, or different, values of an attribute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .pools import Device
    from .requests import Ask

Object = dict[str, Any]


class Constraint:
    """Remembers the values of the devices chosen so far. Exactly as many `pop` as successful `push`."""

    def __init__(self, spec: Object) -> None:
        self._alike = "matchAttribute" in spec
        self._name: str = spec.get("matchAttribute") or spec.get("distinctAttribute") or ""
        self._requests: Sequence[str] = spec.get("requests") or ()
        self._values: list[Object] = []

    def push(self, ask: Ask, device: Device) -> bool:
        """Whether the device keeps to the constraint; one without the attribute never does."""
        if not self._concerns(ask):
            return True
        value = attribute(device, self._name)
        if value is None:
            return False
        if self._values and (value in self._values) != self._alike:
            return False
        self._values.append(value)
        return True

    def pop(self, ask: Ask) -> None:
        if self._concerns(ask):
            self._values.pop()

    def _concerns(self, ask: Ask) -> bool:
        return not self._requests or ask.request in self._requests or ask.name in self._requests


def attribute(device: Device, name: str) -> Object | None:
    """By its full name; one that the driver wrote without domain is the driver's own."""
    attributes = device.entry.get("attributes") or {}
    found: Object | None = attributes.get(name)
    if found is None:
        domain, _, own = name.partition("/")
        if domain == device.id.driver:
            found = attributes.get(own)
    return found
