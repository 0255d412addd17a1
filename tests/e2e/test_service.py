"""Line 5: ClusterIP and NodePort answer from every ready replica in turn; a leaving endpoint drains."""

from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.53"
WHO = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: who}
spec:
  replicas: 3
  selector: {matchLabels: {app: who}}
  template:
    metadata: {labels: {app: who}}
    spec:
      containers:
      - name: who
        image: registry.k8s.io/e2e-test-images/agnhost:2.53
        args: [netexec, --http-port=8080, --udp-port=-1]
        ports: [{containerPort: 8080}]
        readinessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1}
        lifecycle: {preStop: {sleep: {seconds: 2}}}
---
apiVersion: v1
kind: Service
metadata: {name: who}
spec:
  type: NodePort
  selector: {app: who}
  ports: [{name: http, port: 80, targetPort: 8080}]
"""


@pytest.fixture
def who(kubectl: Kubectl) -> Iterator[Kubectl]:
    kubectl("apply", "-f", "-", stdin=WHO)
    kubectl("rollout", "status", "deployment/who", "--timeout=45s")
    until(lambda: len(kubectl.ready_endpoints("who")) == 3, what="three ready endpoints")
    yield kubectl


def ask(address: str) -> str:
    """Which pod answered, on a connection of its own; "" when none did."""
    try:
        with urllib.request.urlopen(f"http://{address}/hostname", timeout=5) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, OSError):
        return ""


def cluster_ip(kubectl: Kubectl) -> str:
    return kubectl.path("get", "service", "who", at=".spec.clusterIP") + ":80"


def addresses(kubectl: Kubectl) -> list[str]:
    """The ClusterIP, and the node port on each node and on 127.0.0.1."""
    port = kubectl.path("get", "service", "who", at=".spec.ports[0].nodePort")
    internal = ".items[*].status.addresses[?(@.type=='InternalIP')].address"
    nodes = kubectl.path("get", "nodes", at=internal).split()
    return [cluster_ip(kubectl), *(f"{node}:{port}" for node in (*nodes, "127.0.0.1"))]


def test_cluster_ip_and_node_ports_take_turns(who: Kubectl) -> None:
    pods = set(who.names("pod"))
    until(lambda: all(ask(address) for address in addresses(who)), what="an answer everywhere")
    for address in addresses(who):
        turns = Counter(ask(address) for _ in range(9))
        assert turns == Counter(dict.fromkeys(pods, 3)), address


ON_NODES = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: on-nodes}
spec:
  selector: {matchLabels: {app: on-nodes}}
  template:
    metadata: {labels: {app: on-nodes}}
    spec:
      hostNetwork: true
      terminationGracePeriodSeconds: 0
      containers:
      - name: c
        image: registry.k8s.io/e2e-test-images/agnhost:2.53
        args: [netexec, --http-port=8080, --udp-port=8081]
        ports: [{containerPort: 8080}]
        readinessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1}
"""


def test_pods_on_the_network_of_their_nodes_take_no_ports_from_others(who: Kubectl) -> None:
    """One on each node, and the pods of `who` listen at the same port."""
    who("apply", "-f", "-", stdin=ON_NODES)
    who("rollout", "status", "daemonset/on-nodes", "--timeout=45s")
    ips = set(who.path("get", "pod", "-l", "app=on-nodes", at=".items[*].status.podIP").split())
    assert {ask(f"{ip}:8080") for ip in ips} == {"node-1", "node-2"}
    assert ask("127.0.0.1:8080") in ("node-1", "node-2")
    who("rollout", "restart", "deployment/who")
    who("rollout", "status", "deployment/who", "--timeout=60s")


def test_replicas_run_on_both_nodes_and_all_answer(who: Kubectl) -> None:
    assert set(who.path("get", "pod", at=".items[*].spec.nodeName").split()) == {"node-1", "node-2"}
    assert set(until(lambda: {ask(cluster_ip(who)) for _ in range(6)} - {""})) == set(who.names("pod"))


def test_scaling_changes_who_answers(who: Kubectl) -> None:
    who("scale", "deployment/who", "--replicas=1")
    until(lambda: len(who.names("pod")) == 1, 60, "one pod")
    assert {ask(cluster_ip(who)) for _ in range(5)} == set(who.names("pod"))
    who("scale", "deployment/who", "--replicas=4")
    until(lambda: len(who.ready_endpoints("who")) == 4, what="four ready endpoints")
    until(lambda: {ask(cluster_ip(who)) for _ in range(8)} == set(who.names("pod")), what="four that answer")


def test_no_request_is_lost_during_a_rollout(who: Kubectl) -> None:
    address, lost, served, over = cluster_ip(who), [0], [0], threading.Event()
    until(lambda: ask(address))

    def load() -> None:
        while not over.is_set():
            (served if ask(address) else lost)[0] += 1

    worker = threading.Thread(target=load)
    worker.start()
    try:
        who("rollout", "restart", "deployment/who")
        who("rollout", "status", "deployment/who", "--timeout=60s")
        until(lambda: len(who.names("pod")) == 3, 60, "the old pods are gone")
    finally:
        over.set()
        worker.join()
    assert served[0] > 20
    assert lost[0] == 0


def test_a_service_without_endpoints_refuses(kubectl: Kubectl) -> None:
    kubectl("create", "service", "clusterip", "none", "--tcp=80:80")
    address = kubectl.path("get", "service", "none", at=".spec.clusterIP")
    assert ask(f"{address}:80") == ""


def test_pods_reach_services_by_address_and_variable(who: Kubectl) -> None:
    script = "import urllib.request as u, os; h = os.environ['WHO_SERVICE_HOST']; print(u.urlopen(f'http://{h}/hostname').read().decode())"
    who("run", "asker", "--image=python", "--restart=Never", "--", "python3", "-c", script)
    who("wait", "pod/asker", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=30s")
    assert who("logs", "asker").strip() in who.names("pod", "-l", "app=who")


def test_pods_are_sent_where_their_service_prefers_it(who: Kubectl) -> None:
    pods = who.json("get", "pod")["items"]
    nodes = {pod["metadata"]["name"]: pod["spec"]["nodeName"] for pod in pods}
    script = f"for i in 1 2 3; do wget -qO- http://{cluster_ip(who)}/hostname; echo; done"

    def answers(pod: str) -> set[str]:
        return {nodes[other] for other in who("exec", pod, "--", "sh", "-c", script).split()}

    assert all(answers(pod) == set(nodes.values()) for pod in nodes)
    who("patch", "service", "who", "-p", '{"spec": {"trafficDistribution": "PreferSameNode"}}')
    until(lambda: all(answers(pod) == {node} for pod, node in nodes.items()), what="answers of the same node")
    assert {ask(cluster_ip(who)) for _ in range(3)} == set(nodes)


def test_a_headless_service_has_endpoints_and_no_address(who: Kubectl) -> None:
    who("expose", "deployment/who", "--name=headless", "--cluster-ip=None", "--port=8080")
    assert who.path("get", "service", "headless", at=".spec.clusterIP") == "None"
    path = ".items[*].endpoints[*].addresses[0]"
    selector = "kubernetes.io/service-name=headless"
    until(
        lambda: len(who.path("get", "endpointslice", "-l", selector, at=path).split()) == 3, what="endpoints"
    )


def test_datagrams_take_turns_too(kubectl: Kubectl) -> None:
    kubectl("create", "deployment", "udp", "--replicas=2", f"--image={AGNHOST}", "--", "/agnhost", "netexec")
    kubectl("expose", "deployment", "udp", "--port=90", "--target-port=8081", "--protocol=UDP")
    kubectl("rollout", "status", "deployment/udp", "--timeout=45s")
    until(lambda: len(kubectl.ready_endpoints("udp")) == 2, what="two ready endpoints")
    address = kubectl.path("get", "service", "udp", at=".spec.clusterIP")

    def ask() -> str:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(1)
            client.connect((address, 90))
            try:
                client.send(b"hostname")
                return client.recv(100).decode()
            except OSError:
                return ""

    until(lambda: {ask() for _ in range(4)} == set(kubectl.names("pod")), what="an answer of each")


def test_expose_and_node_port_choice(who: Kubectl) -> None:
    said = who(
        "expose", "deployment/who", "--name=again", "--port=80", "--target-port=8080", "--type=NodePort"
    )
    assert said.strip() == "service/again exposed"
    first = who.path("get", "service", "who", at=".spec.ports[0].nodePort")
    second = who.path("get", "service", "again", at=".spec.ports[0].nodePort")
    assert first != second
    clash = who.fails(
        "patch", "service", "again", "-p", f'{{"spec":{{"ports":[{{"port":80,"nodePort":{first}}}]}}}}'
    )
    assert "provided port is already allocated" in clash
