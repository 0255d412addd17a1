"""Leader election over a Lease: of several identities one runs; another takes over when it stops renewing.

Others wait for the lease's duration before they take it; we stop writing earlier, when `renew_deadline` is
over since we sent the renewal that went well. A process that was stopped for a while therefore wakes up
without the right to write (`LeaderElector.leads`, which `Client.guarded` asks).
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable

from prometheus_client import Gauge

from ..apimachinery.clock import Clock, rfc3339_micro
from ..apimachinery.errors import StatusError
from .client import Client, Object
from .errors import Unreachable
from .resources import LEASES
from .tasks import Tasks

_log = logging.getLogger(__name__)
MASTER = Gauge("leader_election_master_status", "1 while this process holds the lease", ["name"])


class LeadershipLost(Exception):  # noqa: N818
    """The lease could not be renewed in time; the component must stop."""


def unique(name: str) -> str:
    """An identity that no other process has, as upstream's host name and UUID."""
    return f"{name}_{uuid.uuid4()}"


class LeaderElector:
    """`run(lead)` waits for the lease, then runs `lead` while renewing. Durations are in cluster seconds."""

    def __init__(
        self,
        client: Client,
        namespace: str,
        name: str,
        identity: str,
        *,
        clock: Clock,
        lease_duration: float = 15,
        renew_deadline: float = 10,
        retry_period: float = 2,
    ) -> None:
        self._client = client
        self._namespace = namespace
        self._name = name
        self._identity = identity
        self._clock = clock
        self._duration = lease_duration
        self._deadline = renew_deadline
        self._period = retry_period
        self._seen: tuple[str, str] = ("", "")
        self._seen_at = 0.0
        self._renewed = float("-inf")
        """When we sent the last request that got or renewed the lease."""
        self._stands_by = False

    def leads(self) -> bool:
        """Whether nobody else can have the lease yet."""
        return self._clock.monotonic() - self._renewed < self._deadline

    def readiness(self, unready: Callable[[], str]) -> Callable[[], str]:
        """A check for `/readyz`: `unready` of who leads; who waits while another leads is ready to."""
        return lambda: "" if self._stands_by else unready()

    async def run(self, lead: Callable[[], Awaitable[None]]) -> None:
        """Returns when `lead` does. Raises LeadershipLost after ending `lead`."""
        MASTER.labels(self._name).set(0)
        while not await self._try():
            self._stands_by = bool(self._seen[0])
            await self._clock.sleep(self._period)
        self._stands_by = False
        _log.info("%s became leader of %s/%s", self._identity, self._namespace, self._name)
        MASTER.labels(self._name).set(1)
        try:
            async with Tasks() as tasks:
                leading = tasks.spawn("leading", _await(lead()))
                renewing = tasks.spawn("renewing the lease", self._renew())
                await asyncio.wait([leading, renewing], return_when=asyncio.FIRST_COMPLETED)
                (leading if leading.done() else renewing).result()
        finally:
            MASTER.labels(self._name).set(0)
            self._renewed = float("-inf")
            await self._release()

    async def _renew(self) -> None:
        while True:
            await self._clock.sleep(self._period)
            if not await self._try() and not self.leads():
                raise LeadershipLost(f"{self._identity} lost {self._namespace}/{self._name}")

    async def _try(self) -> bool:
        """Whether we hold the lease after one attempt to take or renew it, which ends with the deadline."""
        sent = self._clock.monotonic()
        left = self._renewed + self._deadline - sent if self.leads() else self._deadline
        try:
            async with asyncio.timeout(self._clock.real(left)):
                held = await self._attempt()
        except (StatusError, Unreachable, TimeoutError) as error:
            _log.debug("lease %s: %s", self._name, error)
            return False
        if held:
            self._renewed = sent
        return held

    async def _attempt(self) -> bool:
        now = rfc3339_micro(self._clock.now())
        try:
            lease = await self._client.get(LEASES, self._name, self._namespace)
        except StatusError as error:
            if error.code != 404:
                raise
            await self._client.create(LEASES, self._lease(now, now, 0), self._namespace)
            return True
        spec = lease.get("spec") or {}
        holder = spec.get("holderIdentity") or ""
        if holder and holder != self._identity and not self._outlived(holder, spec):
            return False
        mine = holder == self._identity
        acquired = spec.get("acquireTime") or now if mine else now
        fresh = self._lease(now, acquired, spec.get("leaseTransitions", 0) + (0 if mine else 1))
        await self._client.update(LEASES, {**lease, "spec": fresh["spec"]})
        return True

    def _outlived(self, holder: str, spec: Object) -> bool:
        """Whether the holder has not renewed for its lease's duration, by our clock, since we saw it."""
        state = (holder, spec.get("renewTime") or "")
        if state != self._seen:
            self._seen, self._seen_at = state, self._clock.monotonic()
        return self._clock.monotonic() - self._seen_at >= (spec.get("leaseDurationSeconds") or self._duration)

    def _lease(self, now: str, acquired: str, transitions: int) -> Object:
        return {
            "kind": "Lease",
            "apiVersion": "coordination.k8s.io/v1",
            "metadata": {"name": self._name, "namespace": self._namespace},
            "spec": {
                "holderIdentity": self._identity,
                "leaseDurationSeconds": int(self._duration),
                "acquireTime": acquired,
                "renewTime": now,
                "leaseTransitions": transitions,
            },
        }

    async def _release(self) -> None:
        try:
            lease = await self._client.get(LEASES, self._name, self._namespace)
            if lease["spec"].get("holderIdentity") != self._identity:
                return
            spec = {**lease["spec"], "holderIdentity": "", "leaseDurationSeconds": 1}
            await self._client.update(LEASES, {**lease, "spec": spec})
        except (StatusError, Unreachable) as error:
            _log.info("lease %s was not given back: %s", self._name, error)


async def _await(work: Awaitable[None]) -> None:
    await work
