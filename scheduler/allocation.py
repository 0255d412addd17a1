"""Finds devices for claims: every request gets as many as it asks for, within all constraints.

A search in depth that tries devices in their order and takes a choice back when a later request finds none.
Source of the rules: upstream's structured parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from .devices import Device, DeviceId

if TYPE_CHECKING:
    from ..apimachinery.cel.program import Program

Object = dict[str, Any]
DeviceClass = Callable[[str], Object | None]

SELECTORS = 256
LIMIT = 32
"""Devices of one claim."""


class Choice(NamedTuple):
    """One device for one request; `request` is `NAME/SUBREQUEST` for a choice among alternatives."""

    request: str
    device: Device
    spec: Object
    """Of the request."""


class _Ask(NamedTuple):
    """One request or subrequest: how many devices of which kind."""

    name: str
    spec: Object
    expressions: list[str]


class Search:
    """The search for the devices of one claim among those of one node."""

    def __init__(
        self, claim: Object, device_class: DeviceClass, devices: Sequence[Device], taken: set[DeviceId]
    ) -> None:
        spec = claim["spec"].get("devices") or {}
        self._requests = [list(_alternatives(r, device_class)) for r in spec.get("requests") or ()]
        self._constraints = spec.get("constraints") or ()
        self._devices = devices
        self._taken = taken
        self._chosen: list[Choice] = []

    def run(self) -> list[Choice] | None:
        """What to allocate; None when there is no way. What it chose is taken."""
        return list(self._chosen) if self._from(0) else None

    def _from(self, number: int) -> bool:
        if number == len(self._requests):
            return True
        for ask in self._requests[number]:
            fitting = [device for device in self._devices if _suits(device, ask)]
            count = ask.spec.get("count") or 1
            if ask.spec.get("allocationMode") == "All":
                count = len(fitting)
            if 0 < count <= LIMIT - len(self._chosen) and self._pick(ask, fitting, 0, count, number):
                return True
        return False

    def _pick(self, ask: _Ask, fitting: list[Device], start: int, left: int, number: int) -> bool:
        """Takes `left` more of the devices from `start` on, then goes on with the next request."""
        if not left:
            return self._from(number + 1)
        admin = bool(ask.spec.get("adminAccess"))
        for i in range(start, len(fitting) - left + 1):
            choice = Choice(ask.name, fitting[i], ask.spec)
            if (choice.device.id in self._taken and not admin) or not self._allowed(choice):
                continue
            self._chosen.append(choice)
            if not admin:
                self._taken.add(choice.device.id)
            if self._pick(ask, fitting, i + 1, left - 1, number):
                return True
            self._chosen.pop()
            if not admin:
                self._taken.discard(choice.device.id)
        return False

    def _allowed(self, choice: Choice) -> bool:
        return all(_holds(one, choice, self._chosen) for one in self._constraints)


def missing_class(claim: Object, device_class: DeviceClass) -> str:
    """Why a claim cannot be allocated on any node: it names a class that does not exist."""
    for request in (claim["spec"].get("devices") or {}).get("requests") or ():
        for name, spec in _specs(request):
            if device_class(spec["deviceClassName"]) is None:
                return f"request {name}: device class {spec['deviceClassName']} does not exist"
    return ""


def _specs(request: Object) -> Iterator[tuple[str, Object]]:
    if request.get("exactly"):
        yield request["name"], request["exactly"]
    for spec in request.get("firstAvailable") or ():
        yield f"{request['name']}/{spec['name']}", spec


def _alternatives(request: Object, device_class: DeviceClass) -> Iterator[_Ask]:
    for name, spec in _specs(request):
        own = (device_class(spec["deviceClassName"]) or {}).get("spec") or {}
        selectors = [*(own.get("selectors") or ()), *(spec.get("selectors") or ())]
        yield _Ask(name, spec, [selector["cel"]["expression"] for selector in selectors])


def _suits(device: Device, ask: _Ask) -> bool:
    return _tolerated(device.entry, ask.spec) and all(_matches(text, device) for text in ask.expressions)


def _tolerated(entry: Object, spec: Object) -> bool:
    tolerations = spec.get("tolerations") or ()
    return all(
        taint.get("effect") not in ("NoSchedule", "NoExecute")
        or any(_tolerates(toleration, taint) for toleration in tolerations)
        for taint in entry.get("taints") or ()
    )


def _tolerates(toleration: Object, taint: Object) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("key") not in (None, "", taint["key"]):
        return False
    if toleration.get("operator") == "Exists":
        return True
    return bool((toleration.get("value") or "") == (taint.get("value") or ""))


def _matches(expression: str, device: Device) -> bool:
    """A selector that fails, as one that asks for an attribute which is not there, does not match."""
    from ..apimachinery.cel.devices import device_value
    from ..apimachinery.cel.errors import EvaluationError

    value = device_value(device.id.driver, device.entry)
    try:
        return _compiled(expression).evaluate({"device": value}) is True
    except EvaluationError:
        return False


@lru_cache(SELECTORS)
def _compiled(expression: str) -> Program:
    from ..apimachinery.cel.devices import VARIABLES
    from ..apimachinery.cel.program import compile as compile_expression

    return compile_expression(expression, VARIABLES, bindings=True)


def _holds(constraint: Object, choice: Choice, chosen: list[Choice]) -> bool:
    """Whether the choice keeps to a constraint on attributes, given those of the choices before it."""
    wanted = constraint.get("requests") or ()
    if not _concerns(wanted, choice):
        return True
    alike = constraint.get("matchAttribute")
    name = alike or constraint.get("distinctAttribute")
    if not name:
        return True
    mine = _attribute(choice.device, name)
    others = [_attribute(other.device, name) for other in chosen if _concerns(wanted, other)]
    return mine is not None and (all(o == mine for o in others) if alike else mine not in others)


def _concerns(wanted: Sequence[str], choice: Choice) -> bool:
    return not wanted or choice.request in wanted or choice.request.partition("/")[0] in wanted


def _attribute(device: Device, name: str) -> Object | None:
    from ..apimachinery.cel.devices import split_name

    attributes = device.entry.get("attributes") or {}
    for own, value in attributes.items():
        if split_name(device.id.driver, own) == split_name("", name):
            found: Object = value
            return found
    return None
