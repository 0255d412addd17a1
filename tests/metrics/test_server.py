"""metrics.k8s.io through the API server, and what the metrics server refuses by itself."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from wherry.apimachinery.clock import SystemClock
from wherry.apimachinery.errors import StatusError
from wherry.apimachinery.gvk import GroupVersionResource
from wherry.client.resources import NODES, SERVICES
from wherry.client.tasks import Tasks
from wherry.metrics import identity, main, registration
from wherry.metrics.settings import Settings

from tests.controllers.cluster import Cluster, cluster, free_port
from tests.support import run

Object = dict[str, Any]
ADDRESS = "127.17.255.254"
APISERVICE = "v1beta1.metrics.k8s.io"
NODEMETRICS = GroupVersionResource("metrics.k8s.io", "v1beta1", "nodes", False)
PODMETRICS = GroupVersionResource("metrics.k8s.io", "v1beta1", "pods")


def available(found: Object) -> bool:
    conditions = found.get("status", {}).get("conditions") or []
    return any(c["type"] == "Available" and c["status"] == "True" for c in conditions)


@asynccontextmanager
async def served(directory: Path) -> AsyncIterator[tuple[Cluster, int]]:
    """An API server with the metrics server behind it, and the latter's port. No kubelet answers."""
    port = free_port()
    async with cluster(directory, "serviceaccount-controller") as api, Tasks() as tasks:
        settings = Settings(
            kubeconfig=directory / "kubeconfig" / "admin.conf", bind_address=ADDRESS, secure_port=port
        )
        tasks.spawn("metrics", main.run(settings, SystemClock(100.0)))
        await api.until(registration.APISERVICES, APISERVICE, available)
        yield api, port


def test_the_group_is_served_through_the_api_server(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with served(tmp_path) as (api, _):
            node = {"kind": "Node", "metadata": {"name": "n1"}}
            await api.client.create(NODES, node)
            assert (await api.client.list(NODEMETRICS))["items"] == []
            assert (await api.client.list(PODMETRICS, "default", label_selector="app=web"))["items"] == []
            with pytest.raises(StatusError, match=r'nodemetrics\.metrics\.k8s\.io "n1" not found'):
                await api.client.get(NODEMETRICS, "n1")
            with pytest.raises(StatusError, match='pods "none" not found'):
                await api.client.get(PODMETRICS, "none", "default")

    run(scenario())


def test_the_documents_describe_its_kinds_and_what_it_answers(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with served(tmp_path) as (api, _):

            async def ask(path: str) -> Any:
                return orjson.loads((await api.client.raw("GET", path))[2])

            # The documents are fetched after the server was found to be available.
            async with asyncio.timeout(10):
                index: Object = {"paths": {}}
                while "apis/metrics.k8s.io/v1beta1" not in index["paths"]:
                    index = await ask("/openapi/v3")
            document = await ask(index["paths"]["apis/metrics.k8s.io/v1beta1"]["serverRelativeURL"])
            schemas = document["components"]["schemas"]
            kinds = {
                gvk["kind"]: schema
                for schema in schemas.values()
                for gvk in schema.get("x-kubernetes-group-version-kind", ())
            }
            assert sorted(kinds) == ["NodeMetrics", "NodeMetricsList", "PodMetrics", "PodMetricsList"]
            assert list(kinds["PodMetrics"]["properties"]) == [
                "kind", "apiVersion", "metadata", "timestamp", "window", "containers",
            ]  # fmt: skip
            links = re.findall(r'"#/components/schemas/([^"]*)"', orjson.dumps(document).decode())
            assert links and set(links) <= set(schemas)
            swagger = await ask("/openapi/v2")
            assert "io.k8s.metrics.pkg.apis.metrics.v1beta1.NodeMetrics" in swagger["definitions"]
            assert "/apis/metrics.k8s.io/v1beta1/nodes/{name}" in swagger["paths"]

    run(scenario())


def test_what_was_lost_of_the_registration_comes_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with served(tmp_path) as (api, _):
            await api.client.delete(SERVICES, registration.NAME, registration.NAMESPACE)
            await api.client.delete(registration.APISERVICES, APISERVICE)
            await api.until(registration.APISERVICES, APISERVICE, available)
            assert await api.client.get(SERVICES, registration.NAME, registration.NAMESPACE)

    run(scenario())


def test_nobody_but_the_api_server_is_let_in(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with served(tmp_path) as (_, port), aiohttp.ClientSession() as session:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            with pytest.raises(aiohttp.ClientError):
                async with session.get(f"https://{ADDRESS}:{port}/apis", ssl=context) as answer:
                    await answer.read()
            await asyncio.sleep(0)

    run(scenario())


def test_the_certificate_is_for_the_services_name() -> None:
    own = identity.make(registration.HOST, datetime(2026, 1, 1, tzinfo=UTC))
    trusting = ssl.create_default_context(cadata=own.certificate.decode())
    assert trusting.get_ca_certs()[0]["subjectAltName"] == (("DNS", "metrics-server.kube-system.svc"),)
