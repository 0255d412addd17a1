"""Every part of the cluster may be killed at any time: it is started again and what was asked for happens."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.conftest import namespaced
from tests.e2e.kubectl import Kubectl
from tests.e2e.local import LocalCluster
from tests.e2e.waiting import until


@pytest.fixture(scope="module")
def broken(
    tmp_path_factory: pytest.TempPathFactory, kubectl_binary: str
) -> Iterator[tuple[LocalCluster, Kubectl]]:
    """A cluster of its own, whose processes the tests kill."""
    with LocalCluster(tmp_path_factory.mktemp("broken"), nodes=1) as cluster:
        yield cluster, Kubectl(kubectl_binary, cluster.kubeconfig)


@pytest.mark.parametrize("component", ["controllers", "scheduler", "apiserver", "proxy", "metrics"])
def test_a_killed_part_comes_back_and_work_goes_on(
    broken: tuple[LocalCluster, Kubectl], component: str
) -> None:
    cluster, admin = broken
    with namespaced(admin, f"killed-{component}") as kubectl:
        kubectl("create", "deployment", "web", "--image=nginx", "--replicas=2")
        kubectl("rollout", "status", "deployment/web", "--timeout=30s")
        before = cluster.pid(component)
        kubectl("scale", "deployment/web", "--replicas=4")
        cluster.kill(component)
        until(lambda: cluster.pid(component) not in (0, before), what=f"another {component}")
        until(lambda: kubectl.run("get", "--raw", "/readyz").returncode == 0, what="the API server")
        kubectl("wait", "deployment/web", "--for=jsonpath={.status.readyReplicas}=4", "--timeout=45s")
        kubectl("set", "image", "deployment/web", "nginx=httpd")
        kubectl("rollout", "status", "deployment/web", "--timeout=45s")


def test_concurrent_patches_of_one_object_all_arrive(kubectl: Kubectl) -> None:
    kubectl("create", "configmap", "shared")

    def add(number: int) -> str:
        return kubectl(
            "patch", "configmap", "shared", "--type=merge", "-p", f'{{"data":{{"k{number}":"v"}}}}'
        )

    with ThreadPoolExecutor(12) as pool:
        said = list(pool.map(add, range(12)))
    assert set(said) == {"configmap/shared patched\n"}
    assert len(kubectl.json("get", "configmap", "shared")["data"]) == 12


def test_a_namespace_goes_with_all_it_holds(admin: Kubectl) -> None:
    name = "goes-away"
    admin("create", "namespace", name)
    kubectl = Kubectl(admin.binary, admin.kubeconfig, name)
    kubectl("create", "deployment", "web", "--image=nginx", "--replicas=2")
    kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    admin("delete", "namespace", name, "--timeout=60s")
    assert f'namespaces "{name}" not found' in admin.fails("get", "namespace", name)
    admin("create", "namespace", name)
    assert kubectl.names("deployment,replicaset,pod,service") == []
    admin("delete", "namespace", name, "--wait=false")
