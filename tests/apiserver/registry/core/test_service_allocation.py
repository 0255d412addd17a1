"""What a Service takes from the pools when it is written, and gives back."""

from __future__ import annotations

import random
from typing import Any

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.registry.core.allocation import AllocationError, ServicePools
from wherry.apiserver.registry.core.service_allocation import allocate, check

from ...readers import MapReader
from ..drive import Kind

SERVICE = Kind("", "v1", "Service")


@pytest.fixture
def pools() -> ServicePools:
    found = ServicePools("10.0.0.0/24", (30000, 30099), MapReader(), random.Random(1))
    SERVICE.context = SERVICE.context._replace(pools=found)
    return found


def made(pools: ServicePools, **spec: Any) -> dict[str, Any]:
    """A created Service with what it was given."""
    service = SERVICE.created({"spec": {"ports": [{"port": 80}], **spec}})
    allocate(pools, service, None)
    return service


def changed(pools: ServicePools, old: dict[str, Any], **spec: Any) -> dict[str, Any]:
    new = SERVICE.defaulted({"spec": {"ports": [{"port": 80}], **spec}})
    SERVICE.strategy.prepare_update(SERVICE.context, new, old)
    allocate(pools, new, old)
    return new


def test_a_service_gets_an_address(pools: ServicePools) -> None:
    spec = made(pools)["spec"]
    assert spec["clusterIPs"] == [spec["clusterIP"]]
    assert spec["clusterIP"].startswith("10.0.0.")
    assert "nodePort" not in spec["ports"][0]


@pytest.mark.parametrize("spec", [{"clusterIP": "None"}, {"type": "ExternalName", "externalName": "a"}])
def test_some_services_get_no_address(pools: ServicePools, spec: dict[str, Any]) -> None:
    assert made(pools, **spec)["spec"].get("clusterIP", "") in ("", "None")


def test_each_port_gets_a_node_port(pools: ServicePools) -> None:
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
    given = [port["nodePort"] for port in made(pools, type="NodePort", ports=ports)["spec"]["ports"]]
    assert len(set(given)) == 2
    assert all(30000 <= port <= 30099 for port in given)


def test_one_port_of_two_protocols_gets_one_node_port(pools: ServicePools) -> None:
    ports = [{"name": "a", "port": 53}, {"name": "b", "port": 53, "protocol": "UDP"}]
    first, second = made(pools, type="NodePort", ports=ports)["spec"]["ports"]
    assert first["nodePort"] == second["nodePort"]


def test_a_balancer_may_go_without_node_ports(pools: ServicePools) -> None:
    spec = made(pools, type="LoadBalancer", allocateLoadBalancerNodePorts=False)["spec"]
    assert "nodePort" not in spec["ports"][0]


def test_a_local_balancer_gets_a_health_port(pools: ServicePools) -> None:
    spec = made(pools, type="LoadBalancer", externalTrafficPolicy="Local")["spec"]
    assert spec["healthCheckNodePort"] != spec["ports"][0]["nodePort"]


def test_a_taken_address_is_refused_with_all_addresses_shown(pools: ServicePools) -> None:
    made(pools, clusterIP="10.0.0.7")
    with pytest.raises(StatusError) as caught:
        made(pools, clusterIP="10.0.0.7")
    assert caught.value.message == (
        'Service "a" is invalid: spec.clusterIPs: Invalid value: ["10.0.0.7"]: '
        "failed to allocate IP 10.0.0.7: provided IP is already allocated"
    )


def test_a_taken_node_port_is_refused(pools: ServicePools) -> None:
    ports = [{"port": 80, "nodePort": 30050}]
    made(pools, type="NodePort", ports=ports)
    with pytest.raises(StatusError, match="provided port is already allocated"):
        made(pools, type="NodePort", ports=ports)


def test_a_refused_service_holds_nothing(pools: ServicePools) -> None:
    made(pools, type="NodePort", ports=[{"port": 80, "nodePort": 30050}])
    ports = [{"port": 80, "nodePort": 30050}]
    spec = {"type": "NodePort", "clusterIPs": ["10.0.0.9"], "ports": ports}
    service = {"metadata": {"name": "a"}, "spec": spec}
    with pytest.raises(StatusError):
        allocate(pools, service, None)
    assert pools.ips.allocate("10.0.0.9") == "10.0.0.9"


def test_a_check_takes_nothing(pools: ServicePools) -> None:
    spec = {"type": "ClusterIP", "clusterIPs": ["10.0.0.9"]}
    check(pools, {"metadata": {"name": "a"}, "spec": spec}, None)
    assert pools.ips.allocate("10.0.0.9") == "10.0.0.9"


def test_a_dry_run_takes_nothing(pools: ServicePools) -> None:
    service = SERVICE.created({"spec": {"type": "NodePort", "ports": [{"port": 80}]}})
    allocate(pools, service, None, dry_run=True)
    assert pools.ips.allocate(service["spec"]["clusterIP"])
    assert pools.ports.allocate(service["spec"]["ports"][0]["nodePort"])


def test_a_dry_run_does_not_mind_a_node_port_out_of_range(pools: ServicePools) -> None:
    service = SERVICE.defaulted({"spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 80}]}})
    check(pools, service, None, dry_run=True)
    allocate(pools, service, None, dry_run=True)
    with pytest.raises(StatusError, match="provided port is not in the valid range"):
        check(pools, service, None)


def test_an_update_keeps_address_and_node_port(pools: ServicePools) -> None:
    old = made(pools, type="NodePort")
    new = changed(pools, old, type="NodePort")
    assert new["spec"]["clusterIP"] == old["spec"]["clusterIP"]
    assert new["spec"]["ports"] == old["spec"]["ports"]


def test_another_type_gives_node_ports_back(pools: ServicePools) -> None:
    old = made(pools, type="NodePort")
    new = changed(pools, old, type="ClusterIP")
    assert "nodePort" not in new["spec"]["ports"][0]
    assert pools.ports.allocate(old["spec"]["ports"][0]["nodePort"])


def test_an_external_name_gives_its_address_back(pools: ServicePools) -> None:
    old = made(pools)
    new = changed(pools, old, type="ExternalName", externalName="a.b")
    assert "clusterIP" not in new["spec"]
    assert pools.ips.allocate(old["spec"]["clusterIP"])


def test_a_deleted_service_gives_everything_back(pools: ServicePools) -> None:
    service = made(pools, type="NodePort")
    with pytest.raises(AllocationError):
        pools.ips.allocate(service["spec"]["clusterIP"])
    SERVICE.strategy.deleted(SERVICE.context, service)
    assert pools.ips.allocate(service["spec"]["clusterIP"])
