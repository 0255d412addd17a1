"""Services, EndpointSlices and nodes for tests."""

from __future__ import annotations

from typing import Any

from wherry.proxy.nodes import Nodes

Object = dict[str, Any]

NODES = Nodes({"n1": "127.16.0.1", "n2": "127.16.0.2"}, True)


def service(*, ip: str = "127.48.0.5", port: int = 80, **spec: Any) -> Object:
    ports = spec.pop("ports", [{"port": port, "protocol": "TCP", "targetPort": 8080}])
    status = spec.pop("status", {})
    full = {"type": "ClusterIP", "clusterIP": ip, "clusterIPs": [ip], "ports": ports, **spec}
    return {"metadata": {"namespace": "default", "name": "web", "uid": "u"}, "spec": full, "status": status}


def hint(*, zone: str = "", node: str = "") -> Object:
    """An endpoint's `hints`."""
    found = {"forZones": [{"name": zone}]} if zone else {}
    return found | ({"forNodes": [{"name": node}]} if node else {})


def endpoint(
    address: str, *, node: str = "n1", ready: bool = True, hints: Object | None = None, **conditions: bool
) -> Object:
    return {
        "addresses": [address],
        "hints": hints or {},
        "nodeName": node,
        "conditions": {"ready": ready, **conditions},
        "targetRef": {"kind": "Pod", "namespace": "default", "name": f"pod-{address}"},
    }


def piece(*endpoints: Object, port: int = 8080, name: str = "") -> Object:
    return {
        "metadata": {
            "namespace": "default",
            "name": "web-1",
            "labels": {"kubernetes.io/service-name": "web"},
        },
        "addressType": "IPv4",
        "ports": [{"name": name, "port": port, "protocol": "TCP"}],
        "endpoints": list(endpoints),
    }
