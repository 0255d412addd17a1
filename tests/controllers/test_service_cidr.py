"""ServiceCIDRs become ready, and go when no address needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wherry.client.resources import SERVICECIDRS, SERVICES

from tests.controllers.cluster import Cluster, cluster
from tests.support import run

Object = dict[str, Any]
CONTROLLER = "service-cidr-controller"
FINALIZER = "networking.k8s.io/service-cidr-finalizer"


def ready(found: Object) -> str:
    conditions = found.get("status", {}).get("conditions") or [{}]
    return str(conditions[0].get("status"))


async def offer(api: Cluster, name: str, cidr: str) -> Object:
    body = {"kind": "ServiceCIDR", "metadata": {"name": name}, "spec": {"cidrs": [cidr]}}
    await api.client.create(SERVICECIDRS, body)
    return await api.until(SERVICECIDRS, name, lambda r: ready(r) == "True")


async def service(api: Cluster, ip: str) -> None:
    spec = {"clusterIP": ip, "ports": [{"port": 80}]}
    await api.client.create(
        SERVICES, {"kind": "Service", "metadata": {"name": "s", "namespace": "default"}, "spec": spec}
    )


def test_a_new_range_is_made_ready_and_protected(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, CONTROLLER) as api:
            found = await offer(api, "more", "203.0.113.0/24")
            assert found["metadata"]["finalizers"] == [FINALIZER]
            assert found["status"]["conditions"][0]["message"] == "Kubernetes Service CIDR is ready"

    run(scenario())


def test_a_range_in_use_waits_for_its_addresses(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, CONTROLLER, scale=100.0) as api:
            await offer(api, "more", "203.0.113.0/24")
            await service(api, "203.0.113.10")
            await api.client.delete(SERVICECIDRS, "more")
            found = await api.until(SERVICECIDRS, "more", lambda r: ready(r) == "False")
            assert found["status"]["conditions"][0]["reason"] == "Terminating"
            await api.client.delete(SERVICES, "s", "default")
            await api.until(SERVICECIDRS, "more", lambda r: not r)

    run(scenario())


def test_a_range_within_another_may_go(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, CONTROLLER, scale=100.0) as api:
            await offer(api, "wide", "203.0.112.0/20")
            await offer(api, "narrow", "203.0.113.0/24")
            await service(api, "203.0.113.10")
            await api.client.delete(SERVICECIDRS, "narrow")
            await api.until(SERVICECIDRS, "narrow", lambda r: not r)

    run(scenario())
