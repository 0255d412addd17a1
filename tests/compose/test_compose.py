"""docker-compose.yml for real: the control plane and two nodes as containers, driven by the real kubectl.

The demo has one replica at first, so of the two nodes one reaches it over the network.
"""

from __future__ import annotations

import json
from functools import partial

import pytest

from tests.compose.project import Project
from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

NODES = ("node-1", "node-2")
HELLO = "Hello, 世界"


def fetch(url: str) -> str:
    """A Python program that prints what `url` answers."""
    return f"from urllib.request import urlopen; print(urlopen({url!r}, timeout=10).read().decode())"


def home(kubectl: Kubectl, pod: str) -> str:
    return kubectl.path("get", "pod", pod, at=".spec.nodeName")


@pytest.fixture
def url(demo: Kubectl) -> str:
    address = demo.path("get", "service", "demo", at=".spec.clusterIP")
    return f"http://{address}:9999/"


@pytest.fixture
def pod(demo: Kubectl) -> str:
    return demo.names("pods", "-l", "app=demo")[0]


@pytest.fixture(scope="module")
def probers(demo: Kubectl) -> dict[str, str]:
    """Node → a pod that runs on it, says so, and sleeps."""
    for node in NODES:
        spec = {"spec": {"nodeName": node}}
        run = ["run", f"prober-{node}", "--image=python:3.13", f"--overrides={json.dumps(spec)}"]
        demo(*run, "--command", "--", "sh", "-c", f"echo this is {node}; exec sleep 3600")
    demo("wait", "--for=condition=Ready", "--timeout=60s", *(f"pod/prober-{node}" for node in NODES))
    return {node: f"prober-{node}" for node in NODES}


def test_both_nodes_are_ready_under_the_addresses_of_their_containers(kubectl: Kubectl) -> None:
    kubectl("wait", "--for=condition=Ready", "node", "--all", "--timeout=30s")
    at = '.items[*].status.addresses[?(@.type=="InternalIP")].address'
    assert kubectl.path("get", "nodes", at=at).split() == ["172.30.99.11", "172.30.99.12"]


def test_the_kubeconfig_is_for_the_host(project: Project, kubectl: Kubectl) -> None:
    server = kubectl.path("config", "view", at=".clusters[0].cluster.server")
    assert server.startswith("https://127.0.0.1:")
    assert project.kubeconfig.stat().st_uid == project.kubeconfig.parent.stat().st_uid


def test_the_demo_converges(demo: Kubectl, pod: str) -> None:
    assert demo.path("get", "pod", pod, at=".status.phase") == "Running"


@pytest.mark.parametrize("node", ["1", "2"])
def test_the_proxy_of_every_node_serves_the_service(project: Project, url: str, node: str) -> None:
    assert HELLO in project.python(f"proxy-{node}", fetch(url))


@pytest.mark.parametrize("node", NODES)
def test_a_pod_of_any_node_reaches_the_service(
    demo: Kubectl, probers: dict[str, str], url: str, node: str
) -> None:
    assert HELLO in demo("exec", probers[node], "--", "python3", "-c", fetch(url))


def test_a_pod_of_any_node_resolves_the_service(demo: Kubectl, probers: dict[str, str]) -> None:
    for prober in probers.values():
        for name in ("demo", "demo.default.svc.cluster.local"):
            assert HELLO in demo("exec", prober, "--", "python3", "-c", fetch(f"http://{name}:9999/"))


def test_a_pod_reaches_the_api_server_through_its_service(demo: Kubectl, probers: dict[str, str]) -> None:
    code = (
        "import os, ssl, urllib.request as u; where = '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt';"
        "url = 'https://%(KUBERNETES_SERVICE_HOST)s:%(KUBERNETES_SERVICE_PORT)s/version' % os.environ;"
        "print(u.urlopen(url, context=ssl.create_default_context(cafile=where), timeout=10).status)"
    )
    for prober in probers.values():
        assert demo("exec", prober, "--", "python3", "-c", code).strip() == "200"


@pytest.mark.parametrize("node", NODES)
def test_pods_have_an_identity_of_their_own(demo: Kubectl, probers: dict[str, str], node: str) -> None:
    assert demo("exec", probers[node], "--", "hostname").strip() == probers[node]


@pytest.mark.parametrize("node", NODES)
def test_pods_do_not_see_the_credentials_of_their_node(
    demo: Kubectl, probers: dict[str, str], node: str
) -> None:
    assert "kubeconfig" not in demo("exec", probers[node], "--", "sh", "-c", "ls /run /run/wherry || true")


@pytest.mark.parametrize("node", NODES)
def test_logs_are_read_from_the_node_that_has_them(demo: Kubectl, probers: dict[str, str], node: str) -> None:
    assert demo("logs", probers[node]) == f"this is {node}\n"


@pytest.mark.parametrize("what", ["services/demo:9999", "pods/{pod}", "pods/http:{pod}:8888"])
def test_the_api_server_proxies_to_pods_it_cannot_dial(demo: Kubectl, pod: str, what: str) -> None:
    path = f"/api/v1/namespaces/default/{what.format(pod=pod)}/proxy/"
    assert HELLO in demo("get", "--raw", path)


def test_top_shows_what_nodes_and_pods_use(demo: Kubectl, pod: str) -> None:
    shown = until(lambda: demo.run("top", "nodes", "--no-headers").stdout, 60.0, "usage of nodes")
    assert [line.split()[0] for line in shown.splitlines()] == list(NODES)
    measured = until(lambda: demo.run("top", "pod", pod, "--no-headers").stdout, 60.0, "usage of the pod")
    assert measured.split()[0] == pod


def greets(project: Project, proxy: str, url: str) -> bool:
    return HELLO in project.python(proxy, fetch(url))


def test_replicas_on_both_nodes_take_turns(project: Project, demo: Kubectl, url: str) -> None:
    demo("scale", "deployment/demo", "--replicas=4")
    demo("rollout", "status", "deployment/demo", "--timeout=60s")
    at = ".items[*].spec.nodeName"
    assert set(demo.path("get", "pods", "-l", "app=demo", at=at).split()) == set(NODES)
    for proxy in ("proxy-1", "proxy-2"):
        until(partial(greets, project, proxy, url), 10.0, f"{proxy} to answer")


def test_a_restarted_kubelet_takes_up_its_pods_and_its_services(
    project: Project, demo: Kubectl, probers: dict[str, str], url: str
) -> None:
    project.compose("restart", "--timeout", "5", "node-1")
    at = ".status.containerStatuses[0].restartCount"
    until(lambda: demo.path("get", "pod", probers["node-1"], at=at) != "0", 30.0, "the pod to be restarted")
    demo("wait", "--for=condition=Ready", "--timeout=30s", f"pod/{probers['node-1']}")
    for prober in probers.values():
        assert HELLO in demo("exec", prober, "--", "python3", "-c", fetch(url))


def test_the_store_outlives_its_containers(project: Project, demo: Kubectl) -> None:
    before = demo.path("get", "service", "demo", at=".metadata.uid")
    project.compose("down", "--timeout", "5")
    project.compose("up", "--detach")
    demo("rollout", "status", "deployment/demo", "--timeout=60s")
    assert demo.path("get", "service", "demo", at=".metadata.uid") == before
