"""Requests generated from our own OpenAPI documents: none ends in a 5xx, every answer fits its schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from tests.clients.conftest import namespaced
from tests.clients.objects import BOX, SHOP, ZOO
from tests.e2e.kubectl import Kubectl
from tests.e2e.local import LocalCluster

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
GROUPS = (
    *("api/v1", "apis/apps/v1", "apis/batch/v1", "apis/networking.k8s.io/v1", "apis/policy/v1"),
    *("apis/rbac.authorization.k8s.io/v1", "apis/autoscaling/v2", "apis/storage.k8s.io/v1"),
    "apis/discovery.k8s.io/v1",
)
NAMES = {"pods": "box", "services": "shop", "deployments": "shop", "ingresses": "front", "jobs": "once"}
STREAMS = ("/proxy", "/exec", "/attach", "/portforward", "/log", "/watch/")
BAD_ENDS = ("/bindings", "/binding")
"""A binding without a target ends in 500 upstream, too."""
NULLABLE = (
    ("io.k8s.apimachinery.pkg.apis.meta.v1.Time",),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime",),
    ("io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus", "properties", "currentMetrics"),
    ("io.k8s.api.core.v1.LimitRangeSpec", "properties", "limits"),
)
"""What upstream's encoders write as null, and its documents do not mention."""


class Server(NamedTuple):
    """What requests are sent to."""

    cluster: LocalCluster
    namespace: str
    session: requests.Session
    tls: dict[str, Any]


LIMITS = settings(
    max_examples=2,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def server(clients_cluster: LocalCluster, admin: Kubectl) -> Iterator[Server]:
    """With a namespace that holds an object of many kinds."""
    pki = clients_cluster.data / "pki"
    with requests.Session() as session, namespaced(admin, "generated") as namespace:
        kubectl = Kubectl(admin.binary, admin.kubeconfig, namespace)
        for text in (BOX, SHOP, ZOO):
            kubectl("apply", "-f", "-", stdin=text)
        cert = (str(pki / "admin.crt"), str(pki / "admin.key"))
        yield Server(clients_cluster, namespace, session, {"verify": str(pki / "ca.crt"), "cert": cert})


def operations(cluster: LocalCluster, group: str) -> Iterator[Any]:
    """Every operation of a group's document, but those that stream."""
    document = cluster.request("GET", f"/openapi/v3/{group}").json()
    known = document["components"]["schemas"]
    for name, *rest in NULLABLE:
        if found := known.get(name):
            for key in rest:
                found = found[key]
            found["nullable"] = True
    schema = schemathesis.openapi.from_dict(document)
    for result in schema.get_all_operations():
        operation = result.ok()
        if not any(part in operation.path for part in STREAMS) and not operation.path.endswith(BAD_ENDS):
            yield operation


def name_in(path: str) -> str:
    plural = path.partition("/{name}")[0].rpartition("/")[2]
    return NAMES.get(plural, "nothing")


def exercise(operation: Any, server: Server, **query: str) -> None:
    base = f"https://127.0.0.1:{server.cluster.port}"

    @seed(1)
    @LIMITS
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        case.path_parameters = {"namespace": server.namespace, "name": name_in(operation.path), "path": ""}
        case.query = {k: v for k, v in (case.query or {}).items() if k != "watch"} | query
        response = case.call(base_url=base, session=server.session, timeout=20, **server.tls)
        case.validate_response(response, checks=[not_a_server_error, response_schema_conformance])

    call()


@pytest.mark.parametrize("group", GROUPS)
def test_reads(group: str, server: Server) -> None:
    done = 0
    for operation in operations(server.cluster, group):
        if operation.method.upper() == "GET":
            exercise(operation, server)
            done += 1
    assert done > 3


@pytest.mark.parametrize("group", GROUPS)
def test_writes_that_are_only_tried(group: str, server: Server) -> None:
    for operation in operations(server.cluster, group):
        if operation.method.upper() in ("POST", "PUT"):
            exercise(operation, server, dryRun="All")
