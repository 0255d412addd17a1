"""Pools of addresses and node ports: ranges, bands, what is given back."""

from __future__ import annotations

import random

import pytest
from wherry.apiserver.registry.core.allocation import (
    AllocationError,
    ClusterIPs,
    NumberPool,
    PortAllocator,
    ServicePools,
    Transaction,
    node_ports,
    static_band,
)

from ...readers import MapReader


def pools(reader: MapReader | None = None) -> ServicePools:
    return ServicePools("10.0.0.0/28", (30000, 30031), reader or MapReader(), random.Random(1))


def test_the_low_band_is_handed_out_last() -> None:
    pool = NumberPool(1, 6, 2, random.Random(1))
    taken = [pool.next() for _ in range(6)]
    assert set(taken[:4]) == {3, 4, 5, 6}
    assert set(taken[4:]) == {1, 2}
    assert pool.next() is None


@pytest.mark.parametrize(("size", "band"), [(16, 0), (256, 16), (1024, 64), (65536, 256)])
def test_the_low_band_is_a_sixteenth_of_a_network_within_bounds(size: int, band: int) -> None:
    assert static_band(size, 16, 256) == band


def test_a_number_is_taken_once() -> None:
    pool = NumberPool(1, 6, 0, random.Random(1))
    assert pool.take(3)
    assert not pool.take(3)
    pool.release(3)
    assert 3 not in pool


@pytest.mark.parametrize(
    ("ip", "problem"),
    [
        ("10.0.0.5", "provided IP is already allocated"),
        ("10.1.0.5", "the provided network does not match the current range"),
        ("10.0.0.0", "the provided network does not match the current range"),
        ("10.0.0.15", "the provided network does not match the current range"),
        ("2001:db8::1", "the provided network does not match the current range"),
    ],
)
def test_addresses_that_cannot_be_had(ip: str, problem: str) -> None:
    ips = ClusterIPs(["10.0.0.0/28"], random.Random(1))
    ips.allocate("10.0.0.5")
    with pytest.raises(AllocationError) as caught:
        ips.allocate(ip)
    assert str(caught.value) == problem


def test_all_but_two_addresses_of_a_network_are_handed_out() -> None:
    ips = ClusterIPs(["10.0.0.0/28"], random.Random(1))
    assert len({ips.allocate() for _ in range(14)}) == 14
    with pytest.raises(AllocationError, match="range is full"):
        ips.allocate()


def test_ranges_come_and_go_and_share_what_is_taken() -> None:
    ips = ClusterIPs(["10.0.0.0/30"], random.Random(1))
    assert {ips.allocate(), ips.allocate()} == {"10.0.0.1", "10.0.0.2"}
    ips.serve(["10.0.0.0/30", "10.0.0.0/29"])
    assert {ips.allocate() for _ in range(4)} == {f"10.0.0.{n}" for n in (3, 4, 5, 6)}
    ips.serve(["10.0.1.0/30"])
    with pytest.raises(AllocationError, match="does not match"):
        ips.allocate("10.0.0.7")
    assert ips.allocate() in ("10.0.1.1", "10.0.1.2")


@pytest.mark.parametrize(
    ("port", "problem"),
    [
        (30001, "provided port is already allocated"),
        (80, "provided port is not in the valid range. The range of valid ports is 30000-30031"),
    ],
)
def test_ports_that_cannot_be_had(port: int, problem: str) -> None:
    ports = PortAllocator(30000, 30031, random.Random(1))
    ports.allocate(30001)
    with pytest.raises(AllocationError) as caught:
        ports.allocate(port)
    assert str(caught.value) == problem


def test_pools_begin_with_what_stored_services_hold() -> None:
    reader = MapReader()
    spec = {"clusterIPs": ["10.0.0.5"], "ports": [{"nodePort": 30001}], "healthCheckNodePort": 30002}
    held = reader.put("", "services", "a", "default", spec=spec)
    found = pools(reader)
    for port in (30001, 30002):
        with pytest.raises(AllocationError):
            found.ports.allocate(port)
    found.release(held)
    assert found.ips.allocate("10.0.0.5") == "10.0.0.5"
    assert found.ports.allocate(30001) == 30001


def test_a_failed_write_gives_back_what_it_took_and_takes_back_what_it_gave() -> None:
    found = pools()
    held = found.ips.allocate()
    work = Transaction(found)
    work.drop_ip(held)
    port = work.port()
    work.undo()
    assert found.ports.allocate(port) == port
    with pytest.raises(AllocationError):
        found.ips.allocate(held)


def test_a_dry_run_does_not_mind_a_taken_address() -> None:
    found = pools()
    held = found.ips.allocate()
    work = Transaction(found, dry_run=True)
    assert work.ip(held) == held
    with pytest.raises(AllocationError):
        work.ip("192.0.2.1")


def test_a_port_shared_by_protocols_counts_once() -> None:
    ports = [{"nodePort": 30001}, {"nodePort": 30001, "protocol": "UDP"}, {}]
    assert node_ports({"spec": {"ports": ports}}) == [30001]
