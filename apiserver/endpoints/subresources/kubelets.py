"""How the server reaches kubelets and pods: addresses from Node and Pod status, one TLS client for all."""

from __future__ import annotations

import ssl
from typing import NamedTuple

import aiohttp

from ....apimachinery import errors, field, ports
from ...registry.strategy import Object
from ..server import Server

DEFAULT_PORT = 10250


class Target(NamedTuple):
    """A pod on a node, with the base URL of its kubelet."""

    base: str
    pod: Object


class Kubelets:
    """The HTTP client towards kubelets; opened at first use, closed with the server. `carry_pods` says that
    pods cannot be dialled from here: their kubelets are asked instead."""

    def __init__(self, ca_file: str, cert_file: str, key_file: str, carry_pods: bool = False) -> None:
        self.carry_pods = carry_pods
        self._files = (ca_file, cert_file, key_file)
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            ca, cert, key = self._files
            context = ssl.create_default_context(cafile=ca)
            context.check_hostname = False
            context.load_cert_chain(cert, key)
            connector = aiohttp.TCPConnector(ssl=context, limit=0)
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
                auto_decompress=False,
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def of(server: Server) -> Kubelets:
    found: Kubelets = server.services["kubelets"]
    return found


def base(node: Object) -> str:
    """`https://ADDRESS:PORT` of a node's kubelet. 502-like 500 when the node has no address yet."""
    status = node.get("status", {})
    port = status.get("daemonEndpoints", {}).get("kubeletEndpoint", {}).get("Port", DEFAULT_PORT)
    addresses = {a["type"]: a["address"] for a in status.get("addresses", [])}
    address = addresses.get("InternalIP") or addresses.get("Hostname")
    if not address:
        name = node["metadata"]["name"]
        raise errors.internal(
            f"no preferred addresses found for node {field.quote(name)}; known addresses: []"
        )
    return f"https://{address}:{port}"


def target(server: Server, namespace: str, name: str) -> Target:
    """The pod and its kubelet. 404 without the pod, 400 while it has no node."""
    pod = server.reader.get("", "pods", namespace, name)
    if pod is None:
        raise errors.not_found("", "pods", name)
    node_name = pod["spec"].get("nodeName")
    if not node_name:
        raise errors.bad_request(f"pod {name} does not have a host assigned")
    node = server.reader.get("", "nodes", "", node_name)
    if node is None:
        raise errors.not_found("", "nodes", node_name)
    return Target(base(node), pod)


def pod_base(server: Server, pod: tuple[str, str], scheme: str, address: str, port: str) -> str:
    """The URL under which a pod (namespace, name; empty: no pod) answers HTTP, itself or by its kubelet."""
    if not pod[1]:
        return f"{scheme}://{address}:{port}"
    if not of(server).carry_pods:
        port = str(ports.served_at(int(port))) if port.isdecimal() else port
        return f"{scheme}://{address}:{port}"
    return f"{target(server, *pod).base}/podHTTP/{pod[0]}/{pod[1]}/{scheme}/{port}"


def container(pod: Object, wanted: str) -> str:
    """The container meant: the one named, the default annotation's, or the only one. 400 with the choice."""
    spec, name = pod["spec"], pod["metadata"]["name"]
    groups = [
        ("containers", spec["containers"]),
        ("initContainers", spec.get("initContainers", [])),
        ("ephemeralContainers", spec.get("ephemeralContainers", [])),
    ]
    known = [c["name"] for _, found in groups for c in found]
    if wanted:
        if wanted not in known:
            raise errors.bad_request(f"container {wanted} is not valid for pod {name}")
        return wanted
    containers = [c["name"] for c in spec["containers"]]
    default = (pod["metadata"].get("annotations") or {}).get("kubectl.kubernetes.io/default-container")
    if default in known:
        return str(default)
    if len(containers) == 1:
        return str(containers[0])
    choice = " ".join(containers)
    text = f"a container name must be specified for pod {name}, choose one of: [{choice}]"
    inits = [c["name"] for c in spec.get("initContainers", [])]
    if inits:
        text += f" or one of the init containers: [{' '.join(inits)}]"
    raise errors.bad_request(text)
