"""Ways to a pod: host ports, Services over TCP and UDP, other pods, the API server's proxy (upstream:
test/e2e/network/{hostport,service,proxy}.go, test/e2e/common/network/networking.go)."""

from __future__ import annotations

from typing import Any

from tests.conformance.api import Api
from tests.e2e.local import free_port
from tests.e2e.waiting import until

Object = dict[str, Any]
AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.59"


def pod(name: str, args: list[str], container: Object | None = None, **spec: Any) -> Object:
    main = {"name": "main", "image": AGNHOST, "args": args, **(container or {})}
    fixed = {"terminationGracePeriodSeconds": 0, "containers": [main]}
    return {"metadata": {"name": name, "labels": {"app": name}}, "spec": fixed | spec}


def running(api: Api, pods: str, *names: str) -> None:
    for name in names:
        until(lambda name=name: _ready(api, pods, name), what=name)  # type: ignore[misc]


def _ready(api: Api, pods: str, name: str) -> bool:
    conditions = api.get(f"{pods}/{name}")["status"].get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def shell(api: Api, pods: str, client: str, command: str) -> str:
    """What a command says in a pod that runs netexec; `client` is its name and port."""
    until(lambda: api.ask("GET", f"{pods}/{client}/proxy/healthz").code == 200, what=client)
    answer = api.get(f"{pods}/{client}/proxy/shell", cmd=command)
    return str(answer.get("output", ""))


def test_host_ports(api: Api, pods: str) -> None:
    """«validates that there is no conflict between pods with same hostPort but different hostIP and
    protocol»"""
    node = api.get("/api/v1/nodes")["items"][0]
    own, name, port = node["status"]["addresses"][0]["address"], node["metadata"]["name"], free_port()
    wanted = {"local": ("127.0.0.1", "TCP"), "node": (own, "TCP"), "datagrams": (own, "UDP")}
    for label, (ip, protocol) in wanted.items():
        ports = [{"hostPort": port, "containerPort": 8080, "protocol": protocol, "hostIP": ip}]
        args = ["netexec", "--http-port=8080", "--udp-port=8080"]
        probe = {"httpGet": {"path": "/hostname", "port": 8080}, "periodSeconds": 1}
        container = {"ports": ports, "readinessProbe": probe}
        api.create(pods, pod(label, args, container, nodeName=name))
    running(api, pods, *wanted)
    other = free_port()
    args = ["netexec", "--http-port", str(other), "--udp-port", "-1"]
    api.create(pods, pod("client", args, hostNetwork=True, nodeName=name))
    running(api, pods, "client")
    told = {
        "local": f"curl -gs --interface {own} http://127.0.0.1:{port}/hostname",
        "node": f"curl -gs http://{own}:{port}/hostname",
        "datagrams": f"echo hostname | nc -u -w 1 {own} {port}",
    }
    assert {label: shell(api, pods, f"client:{other}", command) for label, command in told.items()} == {
        label: label for label in wanted
    }


def test_one_port_of_two_protocols(api: Api, pods: str) -> None:
    """«should serve endpoints on same port and different protocols», «should function for intra-pod
    communication: udp»"""
    both = [{"name": name.lower(), "port": 80, "protocol": name} for name in ("TCP", "UDP")]
    service = {"metadata": {"name": "both"}, "spec": {"selector": {"app": "server"}, "ports": both}}
    made = api.create(pods.replace("/pods", "/services"), service)
    api.create(pods, pod("server", ["netexec", "--http-port", "80", "--udp-port", "80"]))
    api.create(pods, pod("client", ["netexec"]))
    running(api, pods, "server", "client")
    assert shell(api, pods, "client:8080", "echo there") == "there\n"
    ip = made["spec"]["clusterIP"]

    def dialled(protocol: str, host: str) -> bool:
        query = {"request": "hostname", "protocol": protocol, "host": host, "port": "80", "tries": "1"}
        return bool(api.get(f"{pods}/client:8080/proxy/dial", **query) == {"responses": ["server"]})

    direct = api.get(f"{pods}/server")["status"]["podIP"]
    for protocol in ("http", "udp"):
        assert dialled(protocol, direct)
        until(lambda protocol=protocol: dialled(protocol, ip), what=protocol)  # type: ignore[misc]
    api.change(f"{pods.replace('/pods', '/services')}/both", lambda found: found["spec"]["ports"].pop(0))
    tried = f"nc -z -w 1 {ip} 80 && echo there"
    until(lambda: not shell(api, pods, "client:8080", tried), what="the end of TCP")
    assert dialled("udp", ip)


def test_through_the_api(api: Api, pods: str) -> None:
    """«should proxy through a service and a pod», «A set of valid responses are returned for both pod and
    service Proxy»"""
    served = {"PORT_80": '<a href="/rewriteme">', "PORT_160": "foo", "TLS_PORT_460": "tls baz"}
    env = [{"name": f"SERVE_{port}", "value": text} for port, text in served.items()]
    named = [{"name": "dest", "containerPort": 160}, {"name": "tlsdest", "containerPort": 460}]
    container = {"env": env, "ports": [{"containerPort": 80}, *named]}
    api.create(pods, pod("porter", ["porter"], container))
    ports = [
        {"name": "plain", "port": 80, "targetPort": "dest"},
        {"name": "secret", "port": 443, "targetPort": "tlsdest"},
    ]
    services = pods.replace("/pods", "/services")
    api.create(services, {"metadata": {"name": "s"}, "spec": {"selector": {"app": "porter"}, "ports": ports}})
    running(api, pods, "porter")
    until(lambda: api.ask("GET", f"{services}/s:plain/proxy/").code == 200, what="the service")
    wanted = {
        f"{services}/s:plain/proxy/": "foo",
        f"{services}/http:s:80/proxy/": "foo",
        f"{services}/https:s:secret/proxy/": "tls baz",
        f"{pods}/porter/proxy/": f'<a href="{pods}/porter/proxy/rewriteme">',
        f"{pods}/http:porter:160/proxy/": "foo",
        f"{pods}/https:porter:460/proxy/": "tls baz",
    }
    assert {path: api.ask("GET", path).text for path in wanted} == wanted
    redirect = api.ask("GET", f"{pods}/porter/proxy")
    assert (redirect.code, redirect.headers["location"]) == (301, f"{pods}/porter/proxy/")
