"""Call-outs to Services: a ready endpoint answers, under the Service's own name."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web
from wherry.apiserver.callout import CallFailed, CallOut, Service, Target, Unresolved

from ..harness import DEFAULT, Api, drive
from .backend import authority, listening

Object = dict[str, Any]
SLICES = f"{DEFAULT.replace('/api/v1', '/apis/discovery.k8s.io/v1')}/endpointslices"
HOOK = Service("default", "hook")


def callout(api: Api) -> CallOut:
    found: CallOut = api.app.server.services["callout"]
    return found


async def service(api: Api, port: int, **spec: Any) -> None:
    """The Service `hook` with one ready endpoint at that local port, and one that is not ready."""
    ports = [{"name": "https", "port": 443, "targetPort": port}]
    await api.create(f"{DEFAULT}/services", {"metadata": {"name": "hook"}, "spec": {"ports": ports, **spec}})
    pieces = [
        {"addresses": ["127.16.0.1"], "conditions": {"ready": True}},
        {"addresses": ["127.16.0.2"], "conditions": {"ready": False}},
    ]
    body = {
        "metadata": {"name": "hook-1", "labels": {"kubernetes.io/service-name": "hook"}},
        "addressType": "IPv4",
        "ports": [{"name": "https", "port": port}],
        "endpoints": pieces,
    }
    await api.create(SLICES, body)


def test_a_service_leads_to_its_ready_endpoint() -> None:
    async def scenario(api: Api) -> None:
        await service(api, 8443)
        endpoint = await callout(api).resolve(HOOK)
        assert (endpoint.host, endpoint.port) == ("127.16.0.1", 8443)

    drive(scenario)


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Service("default", "none"), 'service "none" not found'),
        (Service("default", "hook", 80), 'no service port 80 found for service "hook"'),
    ],
)
def test_a_service_that_leads_nowhere_says_why(wanted: Service, why: str) -> None:
    async def scenario(api: Api) -> None:
        await service(api, 8443)
        with pytest.raises(Unresolved, match=why):
            await callout(api).resolve(wanted)

    drive(scenario)


def test_a_service_without_endpoints_cannot_be_called() -> None:
    async def scenario(api: Api) -> None:
        spec = {"ports": [{"port": 443}]}
        await api.create(f"{DEFAULT}/services", {"metadata": {"name": "hook"}, "spec": spec})
        target = Target.of({"service": {"namespace": "default", "name": "hook", "path": "/x"}})
        with pytest.raises(CallFailed) as failed:
            await callout(api).post(target, {}, timeout=5)
        assert str(failed.value) == (
            'Post "https://hook.default.svc:443/x?timeout=5s": no endpoints available for service "hook"'
        )

    drive(scenario)


def test_an_external_name_is_called_as_it_is() -> None:
    async def scenario(api: Api) -> None:
        spec = {"type": "ExternalName", "externalName": "elsewhere.example"}
        await api.create(f"{DEFAULT}/services", {"metadata": {"name": "hook"}, "spec": spec})
        assert (await callout(api).resolve(HOOK))[:2] == ("elsewhere.example", 443)

    drive(scenario)


def test_the_certificate_must_be_for_the_services_name() -> None:
    async def scenario(api: Api) -> None:
        heard: list[tuple[str, str]] = []

        async def answer(request: web.Request) -> web.Response:
            heard.append((request.host, request.path_qs))
            return web.json_response(await request.json())

        async with listening(answer, address="127.16.0.1") as port:
            await service(api, port)
            ca = authority("webhooks").pair.certificate
            target = Target("https://hook.default.svc:443/p", HOOK, ca)
            assert await callout(api).post(target, {"a": 1}, timeout=5) == {"a": 1}
            assert heard == [("hook.default.svc:443", "/p?timeout=5s")]

    drive(scenario)


def test_a_kept_connection_that_the_other_side_closed_is_opened_again() -> None:
    async def scenario(api: Api) -> None:
        answered = 0

        async def answer(request: web.Request) -> web.Response:
            nonlocal answered
            answered += 1
            transport = request.transport
            assert transport is not None
            asyncio.get_running_loop().call_later(0.02, transport.abort)
            return web.json_response({})

        async with listening(answer) as port:
            target = Target(f"https://127.0.0.1:{port}/", ca=authority("webhooks").pair.certificate)
            for _ in range(3):
                await callout(api).post(target, {}, timeout=5)
            assert answered == 3

    drive(scenario)


def test_a_server_that_closes_without_a_word_is_asked_once() -> None:
    async def scenario(api: Api) -> None:
        asked = 0

        async def vanish(request: web.Request) -> web.Response:
            nonlocal asked
            asked += 1
            assert request.transport is not None
            request.transport.abort()
            return web.Response()

        async with listening(vanish) as port:
            target = Target(f"https://127.0.0.1:{port}/", ca=authority("webhooks").pair.certificate)
            with pytest.raises(CallFailed, match="EOF"):
                await callout(api).post(target, {}, timeout=5)
            assert asked == 1

    drive(scenario)
