"""A cluster of its own for workloads, whose time runs ten times faster, for back-offs and schedules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.conformance.api import Api, unique
from tests.conformance.apps.cron_objects import Crons
from tests.e2e.local import LocalCluster


@pytest.fixture(scope="session")
def conformance_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Two nodes."""
    with LocalCluster(tmp_path_factory.mktemp("apps"), "--ephemeral", "--time-scale=10") as found:
        yield found


@pytest.fixture(scope="session")
def api(conformance_cluster: LocalCluster) -> Iterator[Api]:
    """The administrator's."""
    with closing(Api(conformance_cluster)) as found:
        yield found


@pytest.fixture(scope="session", autouse=True)
def crons(api: Api) -> Iterator[Crons]:
    """Made at the beginning: their minutes pass while other tests run."""
    namespace = unique("cron-jobs")
    api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    found = Crons(api, namespace)
    found.make_all()
    yield found
    api.delete(f"/api/v1/namespaces/{namespace}")
