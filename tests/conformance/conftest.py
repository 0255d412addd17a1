"""One cluster in memory for the whole folder; a namespace of its own for every test."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.conformance.api import Api, unique
from tests.e2e.local import LocalCluster


@pytest.fixture(scope="session")
def conformance_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Two nodes in real time."""
    found = LocalCluster(tmp_path_factory.mktemp("conformance"), "--ephemeral")
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="session")
def api(conformance_cluster: LocalCluster) -> Iterator[Api]:
    """The administrator's."""
    found = Api(conformance_cluster)
    yield found
    found.close()


@pytest.fixture
def namespace(api: Api, request: pytest.FixtureRequest) -> Iterator[str]:
    """Its name is a label of it, too: `NAME: "true"`, for namespace selectors."""
    short = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower().removeprefix("test_"))[:40].strip("-")
    name = unique(short)
    api.create("/api/v1/namespaces", {"metadata": {"name": name, "labels": {name: "true"}}})
    yield name
    api.delete(f"/api/v1/namespaces/{name}")
