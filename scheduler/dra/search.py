"""Finds devices for all claims of a pod on one node: first fit, taking choices back where they lead nowhere.

A search may take seconds, so it is done in turns. Source of the order and of the limits:
dynamic-resource-allocation 1.36.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ...apimachinery import quantity
from ...apimachinery.quantity import Quantity
from . import capacity
from .capacity import Amounts, UnknownCapacity
from .constraints import Constraint
from .identity import DeviceId
from .pools import Device, Pool
from .requests import AllocationError, Ask, DeviceClass, asks
from .taken import Taken

Object = dict[str, Any]
Late = Callable[[], bool]
"""Whether the turn is over."""
Ticks = Generator[None, None, Any]
"""Work that can stop at each tick."""

LIMIT = 32
"""Devices of one claim."""
PATIENCE = 64
"""Devices looked at between two looks at the clock."""


class Unfinished(Exception):  # noqa: N818 - an answer about one node, no error
    """The turn is over and the search is not."""


class BadPools(Exception):  # noqa: N818 - an answer about one node, no error
    """Nothing was found, and slices that contradict one another may be why."""


class Choice(NamedTuple):
    """One device for one request. `consumed` is set for a device that is shared."""

    ask: Ask
    device: Device
    consumed: Amounts | None


class _At(NamedTuple):
    """What is to be chosen next. `way` is None before one of the alternatives is picked."""

    claim: int
    request: int
    way: int | None = None
    done: int = 0
    """Devices that the request has."""
    start: int = 0
    """Where among the devices to go on: a request's devices are chosen in their order only."""


_LATER = _At(-1, -1)
"""Says that nothing has been found yet, so that the search can be stopped."""


class Search:
    """For one node and once only."""

    def __init__(
        self,
        claims: Sequence[Object],
        device_class: DeviceClass,
        pools: Sequence[Pool],
        taken: Taken,
    ) -> None:
        """Nothing of what it is given may change before it is over. Raises AllocationError."""
        self._pools = pools
        self._devices = [device for pool in pools if pool.usable for device in pool.devices]
        self._taken = taken
        self._asks = [asks(claim, device_class) for claim in claims]
        self._constraints = [
            [Constraint(c) for c in (claim["spec"].get("devices") or {}).get("constraints") or ()]
            for claim in claims
        ]
        self._chosen: list[list[Choice]] = [[] for _ in claims]
        self._users: dict[DeviceId, list[int]] = {}
        """Devices chosen whole, and for which of the claims."""
        self._shares: dict[DeviceId, list[Amounts]] = {}
        self._counters = _Counters(taken)
        self._seen = 0
        self._work = self._run()

    def turn(self, late: Late = lambda: False) -> list[list[Choice]] | None:
        """The devices of each claim; None when there is no way. Raises AllocationError, BadPools, and
        Unfinished when it is `late`: the next turn goes on from there."""
        try:
            while True:
                next(self._work)
                if late():
                    raise Unfinished
        except StopIteration as end:
            found: list[list[Choice]] | None = end.value
            return found

    def _tick(self) -> Ticks:
        self._seen += 1
        if self._seen % PATIENCE == 0:
            yield

    def _run(self) -> Ticks:
        for requests in self._asks:
            yield from self._measure(requests)
        stack = [self._ways(_At(0, 0))]
        try:
            while stack:
                yield from self._tick()
                at = next(stack[-1], None)
                if at is None:
                    stack.pop()
                elif at is _LATER:
                    yield
                elif at.claim == len(self._asks):
                    return [list(chosen) for chosen in self._chosen]
                else:
                    stack.append(self._ways(at))
        finally:
            while stack:
                stack.pop().close()
        if any(pool.invalid for pool in self._pools):
            raise BadPools
        return None

    def _measure(self, requests: list[list[Ask]]) -> Ticks:
        """Lists the devices of requests for all, and checks how many the claim needs at least."""
        least = 0
        for ways in requests:
            for ask in ways:
                if ask.asks_for_all:
                    ask.every = yield from self._every(ask)
                    ask.count = len(ask.every)
            least += min(ask.count for ask in ways)
        if least > LIMIT:
            owner = requests[0][0].owner
            why = f"number of requested devices {least} exceeds the claim limit of {LIMIT}"
            raise AllocationError(f"claim {owner}: {why}")

    def _every(self, ask: Ask) -> Generator[None, None, list[Device]]:
        found: list[Device] = []
        for pool in self._pools:
            if not pool.usable:
                state = "being updated" if pool.incomplete else "invalid"
                raise ask.fault(f"asks for all devices, but resource pool {pool.id} is currently {state}")
            for device in pool.devices:
                yield from self._tick()
                if ask.suits(device) and self._share(ask, device) is not None:
                    found.append(device)
        return found

    def _ways(self, at: _At) -> Generator[_At, None, None]:
        """Each way to take one step; while a way is followed its choice stands."""
        if at.request == len(self._asks[at.claim]):
            yield _At(at.claim + 1, 0)
            return
        ways = self._asks[at.claim][at.request]
        if at.way is None:
            for way in range(len(ways)):
                yield at._replace(way=way)
            return
        ask = ways[at.way]
        left = ask.count - at.done
        if ask.every is not None and not ask.every:
            return
        if not left:
            yield _At(at.claim, at.request + 1)
        elif len(self._chosen[at.claim]) + left > LIMIT:
            return
        elif ask.every is not None:
            if self._free(at.claim, ask, ask.every[at.done]):
                yield from self._with(at, ask, ask.every[at.done], at.start)
        else:
            for position in range(at.start, len(self._devices) - left + 1):
                device = self._devices[position]
                if position % PATIENCE == PATIENCE - 1:
                    yield _LATER
                if self._free(at.claim, ask, device) and ask.suits(device):
                    yield from self._with(at, ask, device, position + 1)

    def _with(self, at: _At, ask: Ask, device: Device, start: int) -> Iterator[_At]:
        with self._holding(at.claim, ask, device) as held:
            if held:
                yield at._replace(done=at.done + 1, start=start)

    @contextmanager
    def _holding(self, claim: int, ask: Ask, device: Device) -> Iterator[bool]:
        """Chooses a device that is free and suits, if it may be; afterwards it is as before."""
        share = self._share(ask, device)
        fresh = not (device.shareable and (device.id in self._taken.shared or self._shares.get(device.id)))
        counted = fresh and bool(device.entry.get("consumesCounters"))
        if share is None or not ask.tolerates(device) or (counted and not self._counters.take(device)):
            yield False
            return
        kept = self._keep(claim, ask, device)
        if kept:
            self._record(claim, ask, device, share)
        try:
            yield kept
        finally:
            if kept:
                self._forget(claim, ask, device)
            if counted:
                self._counters.give_back(device)

    def _free(self, claim: int, ask: Ask, device: Device) -> bool:
        users = self._users.get(device.id) or ()
        if ask.admin:
            return claim not in users
        return not self._taken.whole(device.id) and not users

    def _share(self, ask: Ask, device: Device) -> Amounts | None:
        """What the request would take of the device; None when it may not, or not that much is left."""
        has = device.entry.get("capacity") or {}
        try:
            wanted = capacity.consumed(ask.spec.get("capacity"), has)
        except UnknownCapacity:
            return None
        used: Amounts = dict(self._taken.shared.get(device.id) or {})
        for other in self._shares.get(device.id) or ():
            for name, amount in other.items():
                used[name] = used.get(name, quantity.ZERO) + amount
        return wanted if capacity.allowed(wanted, has) and capacity.fits(wanted, used, has) else None

    def _keep(self, claim: int, ask: Ask, device: Device) -> bool:
        """Whether every constraint holds; a device that must be taken and breaks one is an error."""
        constraints = self._constraints[claim]
        for number, constraint in enumerate(constraints):
            if constraint.push(ask, device):
                continue
            for earlier in constraints[:number]:
                earlier.pop(ask)
            if ask.every is not None:
                why = "because a claim constraint would not be satisfied"
                raise ask.fault(f"cannot add device {device.id} {why}")
            return False
        return True

    def _record(self, claim: int, ask: Ask, device: Device, share: Amounts) -> None:
        if device.shareable:
            self._shares.setdefault(device.id, []).append(share)
        else:
            self._users.setdefault(device.id, []).append(claim)
        self._chosen[claim].append(Choice(ask, device, share if device.shareable else None))

    def _forget(self, claim: int, ask: Ask, device: Device) -> None:
        self._chosen[claim].pop()
        if device.shareable:
            self._shares[device.id].pop()
        else:
            self._users[device.id].pop()
        for constraint in self._constraints[claim]:
            constraint.pop(ask)


class _Counters:
    """What is left of the counters that devices of a pool share."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken
        self._left: dict[Pool, dict[tuple[str, str], Quantity]] = {}

    def take(self, device: Device) -> bool:
        """Whether there is enough; nothing is taken when there is not."""
        left = self._of(device.pool)
        uses = list(_uses(device.entry))
        for key, amount in uses:
            left[key] = left[key] - amount
        # A pool of which more is taken than there is gives nothing away, whatever the device needs.
        if all(amount.sign >= 0 for amount in left.values()):
            return True
        for key, amount in uses:
            left[key] = left[key] + amount
        return False

    def give_back(self, device: Device) -> None:
        left = self._of(device.pool)
        for key, amount in _uses(device.entry):
            left[key] = left[key] + amount

    def _of(self, pool: Pool) -> dict[tuple[str, str], Quantity]:
        left = self._left.get(pool)
        if left is None:
            left = self._left[pool] = {
                (group, name): quantity.parse(counter["value"])
                for group, counters in pool.counters.items()
                for name, counter in counters.items()
            }
            for entry in (*(device.entry for device in pool.devices), *pool.elsewhere):
                if DeviceId(pool.id.driver, pool.id.pool, entry["name"]) in self._taken:
                    for key, amount in _uses(entry):
                        left[key] = left[key] - amount
        return left


def _uses(entry: Object) -> Iterator[tuple[tuple[str, str], Quantity]]:
    for use in entry.get("consumesCounters") or ():
        for name, counter in (use.get("counters") or {}).items():
            yield (use["counterSet"], name), quantity.parse(counter["value"])
