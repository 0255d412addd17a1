"""Pools that Services draw from: cluster IPs and node ports.

Both keep a band at the low end for values that users ask for; values handed out come from above it while
there are any. The pools are rebuilt from the stored Services at start, so nothing of them is stored.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Awaitable, Callable, Iterable

from ..strategy import Object, Reader

RANDOM_TRIES = 64
SMALLEST_BAND = 16


class AllocationError(Exception):
    """A value that cannot be had; the message is upstream's."""


class NumberPool:
    """Numbers from `low` to `high` inclusive, of which the first `static` are handed out last."""

    def __init__(
        self, low: int, high: int, static: int, rng: random.Random, taken: set[int] | None = None
    ) -> None:
        self.low, self.high = low, high
        self._dynamic = low + static
        self._rng = rng
        self._taken: set[int] = set() if taken is None else taken

    def __contains__(self, number: int) -> bool:
        return number in self._taken

    def take(self, number: int) -> bool:
        """False when it is taken already."""
        if number in self._taken:
            return False
        self._taken.add(number)
        return True

    def release(self, number: int) -> None:
        self._taken.discard(number)

    def next(self) -> int | None:
        """A free number, now taken; None when there is none left."""
        for low, high in ((self._dynamic, self.high), (self.low, self._dynamic - 1)):
            number = self._pick(low, high)
            if number is not None:
                self._taken.add(number)
                return number
        return None

    def _pick(self, low: int, high: int) -> int | None:
        if low > high:
            return None
        for _ in range(RANDOM_TRIES):
            number = self._rng.randint(low, high)
            if number not in self._taken:
                return number
        return next((number for number in range(low, high + 1) if number not in self._taken), None)


def static_band(size: int, part: int, most: int) -> int:
    """How much of a range is kept for users: a `part`th within bounds; nothing of a small range."""
    return 0 if size <= SMALLEST_BAND else min(max(SMALLEST_BAND, size // part), most)


class IPAllocator:
    """The addresses of one network, without its own and (IPv4) the broadcast address."""

    def __init__(self, cidr: str, rng: random.Random, taken: set[int] | None = None) -> None:
        """`taken` may be shared with networks that overlap this one."""
        self.network = ipaddress.ip_network(cidr)
        size = self.network.num_addresses
        first = int(self.network.network_address) + 1
        last = first + size - (3 if self.network.version == 4 else 2)
        self._pool = NumberPool(first, last, static_band(size, 16, 256), rng, taken)

    def __contains__(self, number: int) -> bool:
        return self._pool.low <= number <= self._pool.high

    def next(self) -> str | None:
        """A free address, now taken; None when there is none left."""
        number = self._pool.next()
        return None if number is None else str(type(self.network.network_address)(number))


class ClusterIPs:
    """The addresses of all ranges that ServiceCIDRs offer, which may overlap."""

    def __init__(self, cidrs: Iterable[str], rng: random.Random) -> None:
        self._rng = rng
        self._taken: set[int] = set()
        self._ranges: dict[str, IPAllocator] = {}
        self.released: Callable[[str], None] | None = None
        """Hears of every address that is given back."""
        self.serve(cidrs)

    def serve(self, cidrs: Iterable[str]) -> None:
        """Hands out addresses of these ranges from now on; what is in use stays so."""
        self._ranges = {
            cidr: self._ranges.get(cidr) or IPAllocator(cidr, self._rng, self._taken)
            for cidr in cidrs
            if ":" not in cidr
        }

    def locate(self, ip: str) -> int:
        """The address as a number, when a range has it, free or not. AllocationError."""
        number = int(ipaddress.ip_address(ip))
        if ":" in ip or not any(number in one for one in self._ranges.values()):
            raise AllocationError("the provided network does not match the current range")
        return number

    def allocate(self, ip: str | None = None) -> str:
        """Takes the address asked for, or any. AllocationError."""
        if ip is not None:
            number = self.locate(ip)
            if number in self._taken:
                raise AllocationError("provided IP is already allocated")
            self._taken.add(number)
            return ip
        for one in self._ranges.values():
            found = one.next()
            if found is not None:
                return found
        raise AllocationError("range is full")

    def release(self, ip: str) -> None:
        self._taken.discard(int(ipaddress.ip_address(ip)))
        if self.released is not None:
            self.released(ip)

    def restore(self, ip: str) -> None:
        """Marks an address in use as taken, wherever it is from."""
        if ":" not in ip:
            self._taken.add(int(ipaddress.ip_address(ip)))


class PortAllocator:
    """Node ports from `low` to `high` inclusive."""

    def __init__(self, low: int, high: int, rng: random.Random) -> None:
        self.low, self.high = low, high
        self._pool = NumberPool(low, high, static_band(high - low + 1, 32, 128), rng)

    def covers(self, port: int) -> bool:
        return self.low <= port <= self.high

    def check(self, port: int) -> None:
        """AllocationError unless the port is in range and free."""
        if not self.covers(port):
            valid = f"The range of valid ports is {self.low}-{self.high}"
            raise AllocationError(f"provided port is not in the valid range. {valid}")
        if port in self._pool:
            raise AllocationError("provided port is already allocated")

    def allocate(self, port: int | None = None) -> int:
        """Takes the port asked for, or any. AllocationError."""
        if port is not None:
            self.check(port)
            self._pool.take(port)
            return port
        number = self._pool.next()
        if number is None:
            raise AllocationError("range is full")
        return number

    def release(self, port: int) -> None:
        self._pool.release(port)

    def restore(self, port: int) -> None:
        self._pool.take(port)


class ServicePools:
    """What Services of a cluster draw from; begins with what the stored ones use."""

    def __init__(self, cidr: str, ports: tuple[int, int], reader: Reader, rng: random.Random) -> None:
        self.ips = ClusterIPs((cidr,), rng)
        self.ports = PortAllocator(*ports, rng)
        self.reserve: Callable[[Object], Awaitable[None]] | None = None
        """Writes down who holds a Service's addresses, before the Service itself is written."""
        self._restore(reader.list("", "services"))

    def _restore(self, services: Iterable[Object]) -> None:
        for service in services:
            for ip in cluster_ips(service):
                self.ips.restore(ip)
            for port in node_ports(service):
                self.ports.restore(port)

    def release(self, service: Object) -> None:
        """Gives back what a deleted Service used."""
        for ip in cluster_ips(service):
            self.ips.release(ip)
        for port in node_ports(service):
            self.ports.release(port)


class Transaction:
    """What one write took and gave back, undone when it fails and after a dry run. A dry run does not ask
    whether an address it names is free, nor whether a port is in the range (nor does upstream's)."""

    def __init__(self, pools: ServicePools, *, dry_run: bool = False) -> None:
        self.pools, self.dry_run = pools, dry_run
        self._undo: list[Callable[[], None]] = []

    def ip(self, wanted: str | None = None) -> str:
        if self.dry_run and wanted is not None:
            self.pools.ips.locate(wanted)
            return wanted
        ip = self.pools.ips.allocate(wanted)
        self._undo.append(lambda: self.pools.ips.release(ip))
        return ip

    def port(self, wanted: int | None = None) -> int:
        if self.dry_run and wanted is not None and not self.pools.ports.covers(wanted):
            return wanted
        port = self.pools.ports.allocate(wanted)
        self._undo.append(lambda: self.pools.ports.release(port))
        return port

    def drop_ip(self, ip: str) -> None:
        self.pools.ips.release(ip)
        self._undo.append(lambda: self.pools.ips.restore(ip))

    def drop_port(self, port: int) -> None:
        self.pools.ports.release(port)
        self._undo.append(lambda: self.pools.ports.restore(port))

    def undo(self) -> None:
        while self._undo:
            self._undo.pop()()


def cluster_ips(service: Object) -> list[str]:
    """The addresses a Service holds; a headless one holds none."""
    return [ip for ip in (service.get("spec") or {}).get("clusterIPs") or () if ip and ip != "None"]


def node_ports(service: Object) -> list[int]:
    """The distinct node ports of a Service, the health check's among them."""
    spec = service.get("spec") or {}
    ports = [port.get("nodePort", 0) for port in spec.get("ports") or ()]
    ports.append(spec.get("healthCheckNodePort", 0))
    return [port for port in dict.fromkeys(ports) if port]
