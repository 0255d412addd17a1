"""Namespaces, priority classes, the `kubernetes` Service and what stands behind it, and the published CA."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace

import orjson

from ..registry.strategy import Object
from . import host_path, name_server
from .default import Default, keep, metadata, restore

NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
_CLASSES = {
    "system-cluster-critical": (
        2_000_000_000,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if "
        "necessary.",
    ),
    "system-node-critical": (
        2_000_001_000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
}
SKIP_MIRROR = "endpointslice.kubernetes.io/skip-mirror"


@dataclass(frozen=True, kw_only=True)
class BootstrapSettings:
    """What the default objects say about this cluster."""

    service_ip: str
    """ClusterIP of the `kubernetes` Service."""
    service_cidr: str
    advertise_address: str
    """Where pods reach this API server; empty leaves the Service without endpoints."""
    port: int
    server: str
    """URL for the published kubeconfig, `https://HOST:PORT`."""
    ca: str = ""
    """The cluster's CA certificate, PEM."""
    front_proxy_ca: str = ""
    now: str = ""
    """RFC 3339 time for conditions."""
    host: str = ""
    """Name of the machine this API server runs on."""
    dns_ip: str = ""
    """ClusterIP of the `kube-dns` Service; empty: names are not served."""
    storage_class: str = ""
    """Name of the default StorageClass, whose volumes are directories of nodes; empty: there is none."""


def namespaces() -> list[Default]:
    return [
        Default(
            group="",
            resource="namespaces",
            obj={"kind": "Namespace", "apiVersion": "v1", "metadata": metadata(name)},
        )
        for name in NAMESPACES
    ]


def defaults(settings: BootstrapSettings) -> list[Default]:
    """Everything but namespaces."""
    return [
        *_priority_classes(),
        _service_cidr(settings),
        _service(settings),
        *_endpoints(settings),
        *name_server.defaults(settings.dns_ip),
        *host_path.defaults(settings.storage_class),
        *_config_maps(settings),
        identity(settings),
    ]


def _priority_classes() -> Iterator[Default]:
    for name, (value, description) in _CLASSES.items():
        obj = {
            "kind": "PriorityClass",
            "apiVersion": "scheduling.k8s.io/v1",
            "metadata": metadata(name),
            "value": value,
            "description": description,
        }
        yield Default(group="scheduling.k8s.io", resource="priorityclasses", obj=obj)


def _service_cidr(settings: BootstrapSettings) -> Default:
    obj = {
        "kind": "ServiceCIDR",
        "apiVersion": "networking.k8s.io/v1",
        "metadata": metadata("kubernetes", finalizers=["networking.k8s.io/service-cidr-finalizer"]),
        "spec": {"cidrs": [settings.service_cidr]},
    }
    condition = {
        "type": "Ready",
        "status": "True",
        "lastTransitionTime": settings.now,
        "reason": "",
        "message": "Kubernetes Service CIDR is ready",
    }
    return Default(
        group="networking.k8s.io", resource="servicecidrs", obj=obj, status={"conditions": [condition]}
    )


def _service(settings: BootstrapSettings) -> Default:
    port = {"name": "https", "protocol": "TCP", "port": 443, "targetPort": settings.port}
    obj = {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": metadata(
            "kubernetes", "default", labels={"component": "apiserver", "provider": "kubernetes"}
        ),
        "spec": {
            "ports": [port],
            "clusterIP": settings.service_ip,
            "clusterIPs": [settings.service_ip],
            "type": "ClusterIP",
            "sessionAffinity": "None",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
        },
    }
    return Default(group="", resource="services", obj=obj, merge=_keep_ports)


def _keep_ports(found: Object, wanted: Object) -> Object | None:
    ports = wanted["spec"]["ports"]
    if found["spec"].get("ports") == ports:
        return None
    return {**found, "spec": {**found["spec"], "ports": ports}}


def _endpoints(settings: BootstrapSettings) -> Iterator[Default]:
    if not settings.advertise_address:
        return
    port = {"name": "https", "port": settings.port, "protocol": "TCP"}
    subset = {"addresses": [{"ip": settings.advertise_address}], "ports": [port]}
    yield Default(
        group="",
        resource="endpoints",
        obj={
            "kind": "Endpoints",
            "apiVersion": "v1",
            "metadata": metadata("kubernetes", "default", labels={SKIP_MIRROR: "true"}),
            "subsets": [subset],
        },
        merge=restore("subsets"),
    )
    endpoint = {"addresses": [settings.advertise_address], "conditions": {"ready": True}}
    yield Default(
        group="discovery.k8s.io",
        resource="endpointslices",
        obj={
            "kind": "EndpointSlice",
            "apiVersion": "discovery.k8s.io/v1",
            "metadata": metadata(
                "kubernetes", "default", labels={"kubernetes.io/service-name": "kubernetes"}
            ),
            "addressType": "IPv4",
            "endpoints": [endpoint],
            "ports": [port],
        },
        merge=restore("endpoints", "ports"),
    )


def identity(settings: BootstrapSettings) -> Default:
    """The Lease by which API servers know each other, renewed at `settings.now`."""
    name = "apiserver-" + hashlib.sha256(settings.server.encode()).hexdigest()[:26]
    spec = {
        "holderIdentity": name,
        "leaseDurationSeconds": 3600,
        "renewTime": settings.now.replace("Z", ".000000Z"),
    }
    labels = {"apiserver.kubernetes.io/identity": "kube-apiserver", "kubernetes.io/hostname": settings.host}
    obj = {
        "kind": "Lease",
        "apiVersion": "coordination.k8s.io/v1",
        "metadata": metadata(name, "kube-system", labels=labels),
        "spec": spec,
    }
    return Default(group="coordination.k8s.io", resource="leases", obj=obj, merge=_renewed)


def _renewed(found: Object, wanted: Object) -> Object | None:
    """The Lease with the new time, and the labels of a server of this version."""
    meta = found["metadata"]
    labels = {**meta.get("labels", {}), **wanted["metadata"]["labels"]}
    new = {**found, "metadata": {**meta, "labels": labels}, "spec": wanted["spec"]}
    return None if new == found else new


def _config_maps(settings: BootstrapSettings) -> Iterator[Default]:
    authentication = {
        "client-ca-file": settings.ca,
        "requestheader-allowed-names": _json(["front-proxy-client"]),
        "requestheader-client-ca-file": settings.front_proxy_ca,
        "requestheader-extra-headers-prefix": _json(["X-Remote-Extra-"]),
        "requestheader-group-headers": _json(["X-Remote-Group"]),
        "requestheader-uid-headers": _json(["X-Remote-Uid"]),
        "requestheader-username-headers": _json(["X-Remote-User"]),
    }
    yield _config_map("kube-system", "extension-apiserver-authentication", authentication)
    # Kept as it was made: it says since when the uses of account tokens have been noted.
    since = _config_map(
        "kube-system", "kube-apiserver-legacy-service-account-token-tracking", {"since": settings.now[:10]}
    )
    yield replace(since, merge=keep)
    yield _config_map("kube-public", "cluster-info", {"kubeconfig": _public_kubeconfig(settings)})


def _config_map(namespace: str, name: str, data: dict[str, str]) -> Default:
    obj = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata(name, namespace), "data": data}
    return Default(group="", resource="configmaps", obj=obj, merge=restore("data"))


def _json(value: list[str]) -> str:
    return orjson.dumps(value).decode()


def _public_kubeconfig(settings: BootstrapSettings) -> str:
    """A kubeconfig with the CA and no credentials, as JSON, which is YAML too."""
    cluster = {
        "certificate-authority-data": b64encode(settings.ca.encode()).decode(),
        "server": settings.server,
    }
    body: Object = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"cluster": cluster, "name": ""}],
        "contexts": None,
        "current-context": "",
        "preferences": {},
        "users": None,
    }
    return orjson.dumps(body).decode()
