"""healthCheckNodePort: which nodes a load balancer may send to."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest
from wherry.proxy.healthcheck import Check, HealthChecks, checks
from wherry.proxy.table import Listen

from tests.proxy.objects import NODES, Object, endpoint, piece, service
from tests.support import run

WHERE = Listen("127.16.251.1", 18471)
LOCAL: Object = {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 32122}


def test_each_node_counts_its_own_ready_endpoints() -> None:
    slices = [piece(endpoint("10.0.0.1"), endpoint("10.0.0.2", ready=False)), piece(endpoint("10.0.0.3"))]
    assert checks(service(**LOCAL), slices, NODES) == {
        Listen("127.16.0.1", 32122): Check("default", "web", 2),
        Listen("127.16.0.2", 32122): Check("default", "web", 0),
    }


@pytest.mark.parametrize(
    "other", [{"type": "NodePort"}, {"externalTrafficPolicy": "Cluster"}, {"healthCheckNodePort": 0}]
)
def test_other_services_have_no_checks(other: Object) -> None:
    assert checks(service(**LOCAL | other), [], NODES) == {}


async def asked(path: bytes = b"/healthz") -> tuple[str, Object]:
    reader, writer = await asyncio.open_connection(WHERE.address, WHERE.port)
    writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return head.decode(), json.loads(body)


def test_the_answer_follows_the_endpoints() -> None:
    async def scenario() -> None:
        health = HealthChecks()
        assert await health.sync("default/web", {WHERE: Check("default", "web", 2)}) == []
        head, said = await asked()
        assert head.startswith("HTTP/1.1 200 OK") and "X-Load-Balancing-Endpoint-Weight: 2" in head
        assert said == {
            "service": {"namespace": "default", "name": "web"},
            "localEndpoints": 2,
            "serviceProxyHealthy": True,
        }
        await health.sync("default/web", {WHERE: Check("default", "web", 0)})
        assert (await asked())[0].startswith("HTTP/1.1 503 Service Unavailable")
        await health.sync("default/web", {})
        with pytest.raises(OSError):
            await asked()

    run(scenario())


def test_a_port_that_is_taken_is_told_and_tried_again() -> None:
    async def scenario() -> None:
        health, wanted = HealthChecks(), {WHERE: Check("default", "web", 1)}
        with socket.create_server((WHERE.address, WHERE.port)):
            (problem,) = await health.sync("default/web", wanted)
            assert problem.startswith("127.16.251.1:18471: ")
        assert await health.sync("default/web", wanted) == []
        await health.close()

    run(scenario())
