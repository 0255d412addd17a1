"""How the server reaches kubelets and pods: addresses from Node and Pod status, one TLS client for all."""

from __future__ import annotations

import ssl

import aiohttp

from ....apimachinery import errors, ports
from ...registry.strategy import Object
from ..server import Server

DEFAULT_PORT = 10250


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
    """`https://ADDRESS:PORT` of a node's kubelet. A plain 500 when the node has no such address yet."""
    status = node.get("status", {})
    port = status.get("daemonEndpoints", {}).get("kubeletEndpoint", {}).get("Port", DEFAULT_PORT)
    addresses = {a["type"]: a["address"] for a in status.get("addresses", [])}
    address = addresses.get("InternalIP") or addresses.get("Hostname")
    if not address:
        known = " ".join(f"{{{kind} {each}}}" for kind, each in addresses.items())
        raise errors.StatusError(500, "", f"no preferred addresses found; known addresses: [{known}]")
    return f"https://{address}:{port}"


def pod(server: Server, namespace: str, name: str) -> Object:
    """404 without it."""
    found = server.reader.get("", "pods", namespace, name)
    if found is None:
        raise errors.not_found("", "pods", name)
    return found


def host(server: Server, pod: Object) -> str:
    """The base URL of the pod's kubelet. 400 while it has no node, 404 (of a pod, as upstream has it) when
    that is gone."""
    node_name = pod["spec"].get("nodeName")
    if not node_name:
        raise errors.bad_request(f"pod {pod['metadata']['name']} does not have a host assigned")
    node = server.reader.get("", "nodes", "", node_name)
    if node is None:
        raise errors.not_found("", "pods", node_name)
    return base(node)


def target(server: Server, namespace: str, name: str) -> str:
    """The base URL of the kubelet of a pod."""
    return host(server, pod(server, namespace, name))


def pod_base(server: Server, whose: tuple[str, str], scheme: str, address: str, port: str) -> str:
    """The URL under which a pod (namespace, name; empty: no pod) answers HTTP, itself or by its kubelet."""
    if not whose[1]:
        return f"{scheme}://{address}:{port}"
    if not of(server).carry_pods:
        port = str(ports.served_at(int(port))) if port.isdecimal() else port
        return f"{scheme}://{address}:{port}"
    return f"{target(server, *whose)}/podHTTP/{whose[0]}/{whose[1]}/{scheme}/{port}"


def container(pod: Object, wanted: str) -> str:
    """The container meant: the one named, or the only one. 400 with the choice."""
    spec, name = pod["spec"], pod["metadata"]["name"]
    kinds = ("initContainers", "containers", "ephemeralContainers")
    known = [c["name"] for kind in kinds for c in spec.get(kind) or ()]
    if wanted:
        if wanted not in known:
            raise errors.bad_request(f"container {wanted} is not valid for pod {name}")
        return wanted
    if len(spec["containers"]) == 1:
        return str(spec["containers"][0]["name"])
    choice = " ".join(known)
    raise errors.bad_request(f"a container name must be specified for pod {name}, choose one of: [{choice}]")
