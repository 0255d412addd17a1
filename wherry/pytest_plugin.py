"""pytest plug-in: the fixture `wherry_cluster`, one cluster for the whole session.

`--wherry-nodes` and `--wherry-runtime` say what kind. Nothing is imported or started before a test wants it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .api import Cluster


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("wherry")
    group.addoption("--wherry-nodes", type=int, default=1, help="nodes of the cluster of `wherry_cluster`")
    group.addoption("--wherry-runtime", default="process", help="its runtime: process or simulated")


@pytest.fixture(scope="session")
def wherry_cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A running `wherry.Cluster`; stopped when the session ends."""
    from .api import Cluster

    nodes, runtime = request.config.getoption("--wherry-nodes"), request.config.getoption("--wherry-runtime")
    with Cluster(nodes=nodes, runtime=runtime) as cluster:
        yield cluster
