"""What a claim asks for: its requests and their alternatives, and which devices suit each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ...apimachinery.taints import tolerates
from .pools import Device

if TYPE_CHECKING:
    from ...apimachinery.cel.program import Program

Object = dict[str, Any]
DeviceClass = Callable[[str], Object | None]

SELECTORS = 256
ALTERNATIVES = 8
"""Most alternatives that a request may list."""


class AllocationError(Exception):
    """Something is wrong with a claim, class or pool: no node can be chosen before it is mended."""


class Ask:
    """One request or one alternative of it: how many devices of which kind."""

    def __init__(self, owner: str, request: str, spec: Object, device_class: DeviceClass) -> None:
        self.owner = owner
        """`namespace/name` of the claim."""
        self.request = request
        """Of the claim, without the alternative."""
        self.name = f"{request}/{spec['name']}" if "name" in spec else request
        self.spec = spec
        class_name = spec["deviceClassName"]
        self.device_class = device_class(class_name)
        if self.device_class is None:
            why = f'could not retrieve device class {class_name}: deviceclass.resource.k8s.io "{class_name}"'
            raise AllocationError(f"claim {owner}, request {self._own}: {why} not found")
        own: Object = self.device_class.get("spec") or {}
        self._selectors = (
            (f"class {class_name}", [one["cel"]["expression"] for one in own.get("selectors") or ()]),
            (f"claim {owner}", [one["cel"]["expression"] for one in spec.get("selectors") or ()]),
        )
        self.count = int(spec.get("count") or 1)
        self.every: list[Device] | None = None
        """All devices there are, when it asks for all."""

    @property
    def admin(self) -> bool:
        return bool(self.spec.get("adminAccess"))

    @property
    def asks_for_all(self) -> bool:
        return self.spec.get("allocationMode") == "All"

    @property
    def _own(self) -> str:
        return self.name.rpartition("/")[2]

    def fault(self, what: str) -> AllocationError:
        return AllocationError(f"claim {self.owner}, request {self._own}: {what}")

    def suits(self, device: Device) -> bool:
        """Whether the selectors of class and request hold. Raises AllocationError when one fails."""
        for source, expressions in self._selectors:
            for number, expression in enumerate(expressions):
                if not _matches(expression, device, source, number):
                    return False
        return True

    def tolerates(self, device: Device) -> bool:
        given = self.spec.get("tolerations") or ()
        return all(
            taint.get("effect") not in ("NoSchedule", "NoExecute")
            or any(tolerates(toleration, taint) for toleration in given)
            for taint in device.entry.get("taints") or ()
        )


def asks(claim: Object, device_class: DeviceClass) -> list[list[Ask]]:
    """For each request the ways to meet it, best first."""
    meta = claim["metadata"]
    owner = f"{meta['namespace']}/{meta['name']}"
    requests = (claim["spec"].get("devices") or {}).get("requests") or ()
    return [
        [Ask(owner, request["name"], spec, device_class) for _, spec in specs(r)]
        for r in requests
        for request in (r,)
    ]


def specs(request: Object) -> Iterator[tuple[str, Object]]:
    """Names, as results give them, and contents of a request's alternatives."""
    if request.get("exactly"):
        yield request["name"], request["exactly"]
    for spec in request.get("firstAvailable") or ():
        yield f"{request['name']}/{spec['name']}", spec


def missing_class(claim: Object, device_class: DeviceClass) -> str:
    """Why a claim cannot be allocated on any node: it names a class that does not exist."""
    for request in (claim["spec"].get("devices") or {}).get("requests") or ():
        for name, spec in specs(request):
            if device_class(spec["deviceClassName"]) is None:
                return f"request {name}: device class {spec['deviceClassName']} does not exist"
    return ""


def _matches(expression: str, device: Device, source: str, number: int) -> bool:
    known = device.matches.get(expression)
    if known is None:
        if len(device.matches) >= SELECTORS:
            device.matches.clear()
        known = device.matches[expression] = _evaluated(expression, device, f"{source}: selector #{number}")
    return known


def _evaluated(expression: str, device: Device, where: str) -> bool:
    from ...apimachinery.cel.devices import device_value
    from ...apimachinery.cel.errors import CompileError, EvaluationError

    try:
        program = _compiled(expression)
    except CompileError as error:
        raise AllocationError(f"{where}: CEL compile error: {error}") from None
    try:
        found = program.evaluate({"device": device_value(device.id.driver, device.entry)})
    except EvaluationError as error:
        raise AllocationError(f"{where}: CEL runtime error: {error}") from None
    if not isinstance(found, bool):
        raise AllocationError(f"{where}: CEL runtime error: result is not a bool")
    return found


@lru_cache(SELECTORS)
def _compiled(expression: str) -> Program:
    from ...apimachinery.cel.devices import VARIABLES
    from ...apimachinery.cel.program import compile as compile_expression

    return compile_expression(expression, VARIABLES, bindings=True)
