"""Pods that cannot be dialled are called through their kubelet, with TLS that ends in the pod."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web
from wherry.apiserver.callout import CallFailed, CallOut, Endpoint, Service, Target
from wherry.apiserver.callout.tunnels import Tunnels

from ..endpoints.subresources.kubelet import kubelet_tls
from ..harness import DEFAULT, PODS, Api, drive, pod
from .backend import authority, listening
from .test_services import service

TARGET = Target("https://hook.default.svc:443/", Service("default", "hook"))


def kubelet(port: int) -> web.Application:
    """A kubelet whose pods all answer at that local port."""

    async def carry(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def back() -> None:
            while data := await reader.read(65536):
                await socket.send_bytes(data)
            await socket.send_bytes(b"")

        backward = asyncio.create_task(back(), name="back")
        async for message in socket:
            if message.type is aiohttp.WSMsgType.BINARY and message.data:
                writer.write(message.data)
        backward.cancel()
        await asyncio.gather(backward, return_exceptions=True)
        writer.close()
        return socket

    app = web.Application()
    app.router.add_get("/podProxy/{namespace}/{pod}/{port}", carry)
    return app


async def node_with_hook(api: Api, port: int) -> None:
    """The node n1 with its kubelet at `port`, the pod `a` on it, and the Service `hook` that leads there."""
    await api.create("/api/v1/nodes", {"metadata": {"name": "n1"}})
    addresses = [{"type": "InternalIP", "address": "127.0.0.1"}]
    status = {"addresses": addresses, "daemonEndpoints": {"kubeletEndpoint": {"Port": port}}}
    await api.patch("/api/v1/nodes/n1/status", {"status": status})
    await api.create(PODS, pod(nodeName="n1"))
    await service(api, 8443)
    path = f"{DEFAULT.replace('/api/v1', '/apis/discovery.k8s.io/v1')}/endpointslices/hook-1"
    reference = {"kind": "Pod", "namespace": "default", "name": "a"}
    point = {"addresses": ["10.9.9.9"], "conditions": {"ready": True}, "targetRef": reference}
    await api.patch(path, {"endpoints": [point]})


def carrying(api: Api) -> CallOut:
    """A client of a server that cannot dial pods."""
    server = api.app.server
    server.services["kubelets"].carry_pods = True
    tunnels = Tunnels(server.services["kubelets"], server.reader)
    return CallOut(server.reader, server.rng, tunnels)


def test_a_pod_elsewhere_answers_through_its_kubelet() -> None:
    async def scenario(api: Api) -> None:
        async def answer(request: web.Request) -> web.Response:
            return web.json_response({"host": request.host})

        async with listening(answer) as port:
            runner = web.AppRunner(kubelet(port), shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=kubelet_tls()).start()
            await node_with_hook(api, runner.addresses[0][1])
            callout = carrying(api)
            ca = authority("webhooks").pair.certificate
            try:
                for _ in range(2):
                    said = await callout.post(TARGET._replace(ca=ca), {}, timeout=5)
                    assert said == {"host": "hook.default.svc:443"}
                with pytest.raises(CallFailed, match="x509: certificate signed by unknown authority"):
                    strange = authority("strangers").pair.certificate
                    await callout.post(TARGET._replace(ca=strange), {}, timeout=5)
            finally:
                await callout.close()
                await runner.cleanup()

    drive(scenario)


def test_an_endpoint_that_is_no_pod_is_dialled_even_then() -> None:
    async def scenario(api: Api) -> None:
        await service(api, 8443)
        callout = carrying(api)
        assert await callout.resolve(Service("default", "hook")) == Endpoint("127.16.0.1", 8443)
        await callout.close()

    drive(scenario)


def test_a_kubelet_that_cannot_be_reached_ends_the_call() -> None:
    async def scenario(api: Api) -> None:
        await node_with_hook(api, 1)
        callout = carrying(api)
        with pytest.raises(CallFailed):
            await callout.post(TARGET, {}, timeout=5)
        await callout.close()

    drive(scenario)
