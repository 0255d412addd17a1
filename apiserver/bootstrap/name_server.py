"""The `kube-dns` Service that pods ask for names, and its EndpointSlice.

Every proxy answers on the ClusterIP itself, so the slice names that address: there is no pod behind it.
Source: names, labels and ports as kubeadm makes them for CoreDNS.
"""

from __future__ import annotations

from collections.abc import Iterator

from .default import Default, metadata, restore

NAME, NAMESPACE = "kube-dns", "kube-system"
_LABELS = {
    "k8s-app": NAME,
    "kubernetes.io/cluster-service": "true",
    "kubernetes.io/name": "CoreDNS",
}
_PORTS = (("dns", 53, "UDP"), ("dns-tcp", 53, "TCP"))


def defaults(address: str) -> Iterator[Default]:
    """`address` is the ClusterIP; without one there is nothing."""
    if not address:
        return
    spec = {
        "type": "ClusterIP",
        "clusterIP": address,
        "clusterIPs": [address],
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "sessionAffinity": "None",
        "ports": [{"name": n, "port": p, "protocol": kind, "targetPort": p} for n, p, kind in _PORTS],
    }
    service = {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": metadata(NAME, NAMESPACE, labels=_LABELS),
        "spec": spec,
    }
    yield Default(group="", resource="services", obj=service)
    labels = {
        "kubernetes.io/service-name": NAME,
        "k8s-app": NAME,
        "endpointslice.kubernetes.io/managed-by": "wherry",
    }
    slice_ = {
        "kind": "EndpointSlice",
        "apiVersion": "discovery.k8s.io/v1",
        "metadata": metadata(NAME, NAMESPACE, labels=labels),
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address], "conditions": {"ready": True, "serving": True}}],
        "ports": [{"name": n, "port": p, "protocol": kind} for n, p, kind in _PORTS],
    }
    yield Default(
        group="discovery.k8s.io", resource="endpointslices", obj=slice_, merge=restore("endpoints", "ports")
    )
