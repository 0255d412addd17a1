"""Names as pods resolve them (upstream: test/e2e/network/dns.go): probes write what they found to a volume, a
web server in the same pod shows it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import MERGE_PATCH, Api
from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

Object = dict[str, Any]
AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.56"
JESSIE = "registry.k8s.io/e2e-test-images/jessie-dnsutils:1.7"
TCP = {"name": "http", "port": 80, "protocol": "TCP"}


@pytest.fixture
def services(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/services"


class Prober:
    """One pod that asks again and again, `wheezy` from one image and `jessie` from another."""

    def __init__(self, api: Api, namespace: str, name: str = "dns-test") -> None:
        self._api = api
        self._pods = f"/api/v1/namespaces/{namespace}/pods"
        self._name = name

    def start(self, probes: dict[str, str], **spec: Any) -> None:
        """`probes`: the file of each result and the command that prints it."""
        mounts = [{"name": "results", "mountPath": "/results"}]
        containers: list[Object] = [{"name": "webserver", "image": AGNHOST, "args": ["test-webserver"]}]
        for image, prefix in ((AGNHOST, "wheezy"), (JESSIE, "jessie")):
            steps = "".join(
                f'check="$$({command})" && test -n "$$check" && echo "$$check" > /results/{prefix}_{file};'
                for file, command in probes.items()
            )
            loop = f"for i in `seq 1 600`; do {steps} sleep 1; done"
            containers.append({"name": prefix, "image": image, "command": ["sh", "-c", loop]})
        for container in containers:
            container["volumeMounts"] = mounts
        pod = {
            "metadata": {"name": self._name, "labels": {"dns-test": "true"}},
            "spec": {
                "terminationGracePeriodSeconds": 0,
                "volumes": [{"name": "results", "emptyDir": {}}],
                "containers": containers,
                **spec,
            },
        }
        self._api.create(self._pods, pod)

    def result(self, file: str) -> str:
        answer = self._api.ask("GET", f"{self._pods}/{self._name}/proxy/results/{file}")
        return answer.text.strip() if answer.code == 200 else ""

    def found(self, *files: str) -> None:
        """Every probe of both images has found something."""
        wanted = [f"{prefix}_{file}" for prefix in ("wheezy", "jessie") for file in files]
        until(lambda: all(map(self.result, wanted)), 60, f"results of {wanted}")


def lookups(*names: str) -> dict[str, str]:
    """By UDP and by TCP; SRV records of names that begin with `_`."""
    kinds = {name: "SRV" if name.startswith("_") else "A" for name in names}
    return {
        f"{way}@{name}": f"dig +{option} +noall +answer +search {name} {kind}"
        for name, kind in kinds.items()
        for way, option in (("udp", "notcp"), ("tcp", "tcp"))
    }


def test_cluster(api: Api, namespace: str) -> None:
    """«should provide DNS for the cluster»"""
    probes = lookups("kubernetes.default.svc.cluster.local")
    prober = Prober(api, namespace)
    prober.start(probes)
    prober.found(*probes)


def test_hosts(api: Api, namespace: str, services: str) -> None:
    """«should provide /etc/hosts entries for the cluster»"""
    names = [f"dns-querier-1.dns-test-service.{namespace}.svc.cluster.local", "dns-querier-1"]
    probes = {f"hosts@{name}": f"getent hosts {name}" for name in names}
    prober = Prober(api, namespace)
    prober.start(probes, hostname="dns-querier-1", subdomain="dns-test-service")
    prober.found(*probes)


@pytest.mark.parametrize("suffix", ["", ".svc"])
def test_services(api: Api, namespace: str, services: str, suffix: str) -> None:
    """«should provide DNS for services», «should resolve DNS of partial qualified names for services»"""
    selector = {"dns-test": "true"}
    headless = {"clusterIP": "None", "selector": selector, "ports": [TCP]}
    api.create(services, {"metadata": {"name": "dns-test-service"}, "spec": headless})
    normal = {"metadata": {"name": "test-service-2"}, "spec": {"selector": selector, "ports": [TCP]}}
    address = api.create(services, normal)["spec"]["clusterIP"]
    pointer = ".".join(reversed(address.split("."))) + ".in-addr.arpa."
    probes = lookups(
        f"dns-test-service.{namespace}{suffix}",
        f"_http._tcp.dns-test-service.{namespace}{suffix}",
        f"_http._tcp.test-service-2.{namespace}{suffix}",
    ) | {f"udp@{address}": f"dig +notcp +noall +answer +search {pointer} PTR"}
    prober = Prober(api, namespace)
    prober.start(probes)
    prober.found(*probes)


def test_hostname_and_subdomain(api: Api, namespace: str, services: str) -> None:
    """«should provide DNS for pods for Hostname», «… for Subdomain»"""
    headless = {"clusterIP": "None", "selector": {"dns-test": "true"}, "ports": [TCP]}
    api.create(services, {"metadata": {"name": "dns-test-service-2"}, "spec": headless})
    name = f"dns-querier-2.dns-test-service-2.{namespace}.svc.cluster.local"
    probes = lookups(name, f"dns-test-service-2.{namespace}.svc.cluster.local")
    probes |= {"hosts@dns-querier-2": "getent hosts dns-querier-2"}
    prober = Prober(api, namespace)
    prober.start(probes, hostname="dns-querier-2", subdomain="dns-test-service-2")
    prober.found(*probes)


def test_external_name(api: Api, namespace: str, services: str) -> None:
    """«should provide DNS for ExternalName services»"""
    name = f"dns-test-service-3.{namespace}.svc.cluster.local"
    external = {"type": "ExternalName", "externalName": "foo.example.com"}
    api.create(services, {"metadata": {"name": "dns-test-service-3"}, "spec": external})
    prober = Prober(api, namespace)
    prober.start({"cname": f"dig +short {name} CNAME", "a": f"dig +short {name} A | tail -1"})
    until(lambda: prober.result("jessie_cname") == "foo.example.com.", 30)
    path = f"{services}/dns-test-service-3"
    api.patch(path, {"spec": {"externalName": "bar.example.com"}}, MERGE_PATCH)
    until(lambda: prober.result("wheezy_cname") == "bar.example.com.", 30)
    inside = {"type": "ClusterIP", "externalName": None, "ports": [TCP]}
    address = api.patch(path, {"spec": inside}, MERGE_PATCH)["spec"]["clusterIP"]
    until(lambda: prober.result("jessie_a") == address, 30)


def test_configuration(api: Api, namespace: str, kubectl: Kubectl) -> None:
    """«should support configurable pod DNS nameservers», «… resolv.conf»"""
    container = {"name": "agnhost-container", "image": AGNHOST, "args": ["pause"]}
    config = {"nameservers": ["1.1.1.1"], "searches": ["resolv.conf.local"]}
    spec = {"containers": [container], "dnsPolicy": "None", "dnsConfig": config}
    api.create(f"/api/v1/namespaces/{namespace}/pods", {"metadata": {"name": "dns"}, "spec": spec})
    kubectl("wait", "pod/dns", "--for=condition=Ready", "--timeout=30s")
    assert "resolv.conf.local" in kubectl("exec", "dns", "--", "/agnhost", "dns-suffix")
    assert "1.1.1.1" in kubectl("exec", "dns", "--", "/agnhost", "dns-server-list")
