"""IPAddress objects live and die with the Services that hold them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.apiserver.harness import DEFAULT, Api, drive

Object = dict[str, Any]
SERVICES = f"{DEFAULT}/services"
GROUP = "/apis/networking.k8s.io/v1"
ADDRESSES = f"{GROUP}/ipaddresses"
RANGES = f"{GROUP}/servicecidrs"


def service(name: str = "s", **spec: Any) -> Object:
    return {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}], **spec}}


def address(name: str, owner: str) -> Object:
    parent = {"resource": "services", "namespace": "default", "name": owner}
    return {"metadata": {"name": name}, "spec": {"parentRef": parent}}


async def until(api: Api, path: str, check: Callable[[Any], bool]) -> None:
    while not check(await api.get(path)):  # noqa: ASYNC110 - absence has no event
        await asyncio.sleep(0)


def test_a_service_is_answered_with_its_address_written_down() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(SERVICES, service())
        found = (await api.get(f"{ADDRESSES}/{made['spec']['clusterIP']}")).json
        assert found["spec"]["parentRef"] == {"resource": "services", "namespace": "default", "name": "s"}
        assert found["metadata"]["labels"] == {
            "ipaddress.kubernetes.io/ip-family": "IPv4",
            "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
        }

    drive(scenario)


def test_the_address_goes_with_the_service_and_may_be_had_again_at_once() -> None:
    async def scenario(api: Api) -> None:
        ip = (await api.create(SERVICES, service()))["spec"]["clusterIP"]
        await api.ask("DELETE", f"{SERVICES}/s")
        await api.create(SERVICES, service("t", clusterIP=ip))
        await until(api, f"{ADDRESSES}/{ip}", lambda r: r.json["spec"]["parentRef"]["name"] == "t")
        await api.ask("DELETE", f"{SERVICES}/t")
        await until(api, f"{ADDRESSES}/{ip}", lambda r: r.status == 404)

    drive(scenario)


def test_a_service_that_needs_no_address_gives_it_up() -> None:
    async def scenario(api: Api) -> None:
        ip = (await api.create(SERVICES, service()))["spec"]["clusterIP"]
        change = {
            "spec": {
                "type": "ExternalName",
                "externalName": "a.example",
                "clusterIP": None,
                "clusterIPs": None,
            }
        }
        await api.patch(f"{SERVICES}/s", change)
        await until(api, f"{ADDRESSES}/{ip}", lambda r: r.status == 404)

    drive(scenario)


def test_neither_a_dry_run_nor_a_refused_write_leaves_an_address() -> None:
    async def scenario(api: Api) -> None:
        await api.create(SERVICES, service())
        assert (await api.ask("POST", f"{SERVICES}?dryRun=All", service("t"))).status == 201
        assert (await api.ask("POST", SERVICES, service())).status == 409
        await until(api, ADDRESSES, lambda r: len(r.json["items"]) == 1)

    drive(scenario)


def test_an_address_that_somebody_wrote_down_is_taken_until_it_is_deleted() -> None:
    async def scenario(api: Api) -> None:
        ip = api.app.server.pools.ips.allocate()
        api.app.server.pools.ips.release(ip)
        await api.create(ADDRESSES, address(ip, "other"))
        reply = await api.ask("POST", SERVICES, service(clusterIP=ip))
        assert f"failed to allocate IP {ip}: provided IP is already allocated" in reply.message
        await api.ask("DELETE", f"{ADDRESSES}/{ip}")
        await api.create(SERVICES, service(clusterIP=ip))

    drive(scenario)


def test_a_deleted_address_of_a_service_comes_back() -> None:
    async def scenario(api: Api) -> None:
        ip = (await api.create(SERVICES, service()))["spec"]["clusterIP"]
        await api.ask("DELETE", f"{ADDRESSES}/{ip}")
        await until(api, f"{ADDRESSES}/{ip}", lambda r: r.status == 200)

    drive(scenario)


def test_service_ranges_offer_addresses_while_they_are_ready() -> None:
    async def scenario(api: Api) -> None:
        asked = service(clusterIP="203.0.113.10")
        reply = await api.ask("POST", SERVICES, asked)
        assert "the provided network does not match the current range" in reply.message
        made = {
            "metadata": {"name": "more", "finalizers": ["x.example/y"]},
            "spec": {"cidrs": ["203.0.113.0/24"]},
        }
        await api.create(RANGES, made)
        await api.create(SERVICES, asked)
        await api.ask("DELETE", f"{RANGES}/more")
        reply = await api.ask("POST", SERVICES, service("t", clusterIP="203.0.113.11"))
        assert "the provided network does not match the current range" in reply.message

    drive(scenario)


def test_repair_removes_what_no_service_holds() -> None:
    async def scenario(api: Api) -> None:
        orphan = address("10.9.9.9", "gone")
        orphan["metadata"]["labels"] = {"ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io"}
        await api.create(ADDRESSES, orphan)
        await api.create(ADDRESSES, address("10.9.9.10", "by-hand"))
        api.app.addresses.repair()
        await until(api, f"{ADDRESSES}/10.9.9.9", lambda r: r.status == 404)
        assert (await api.get(f"{ADDRESSES}/10.9.9.10")).status == 200

    drive(scenario)
