"""A zone over Services and EndpointSlices that a test names."""

from __future__ import annotations

from typing import Any

from wherry.proxy.dns.zone import Sources, Zone

Object = dict[str, Any]
DNS = "127.48.0.10"
WEB = "web.shop.svc.cluster.local"
ENDS = "ends.shop.svc.cluster.local"


def service(name: str, namespace: str = "shop", **spec: Any) -> Object:
    ports = [{"name": "http", "port": 80, "protocol": "TCP"}, {"name": "who", "port": 81, "protocol": "UDP"}]
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"ports": ports, **spec}}


def ends(*endpoints: Object, of: str = "ends", kind: str = "IPv4") -> Object:
    labels = {"kubernetes.io/service-name": of}
    return {
        "metadata": {"name": f"{of}-1", "namespace": "shop", "labels": labels},
        "addressType": kind,
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        "endpoints": list(endpoints),
    }


def end(address: str, hostname: str = "", ready: bool | None = True) -> Object:
    named = {"hostname": hostname} if hostname else {}
    return {"addresses": [address], "conditions": {} if ready is None else {"ready": ready}, **named}


SERVICES = (
    service("web", clusterIP="127.48.1.1", clusterIPs=["127.48.1.1", "fd00::1"]),
    service("ends", clusterIP="None"),
    service("nobody", clusterIP="None"),
    service("inner", type="ExternalName", externalName="web.shop.svc.cluster.local"),
    service("outer", type="ExternalName", externalName="www.Example.com."),
    service("second", type="ExternalName", externalName="outer.shop.svc.cluster.local"),
    service("circle", type="ExternalName", externalName="circle.shop.svc.cluster.local"),
)
SLICES = (
    ends(
        end("127.64.0.1", "db-0"),
        end("127.64.0.2", ready=None),
        end("127.64.0.3", ready=False),
    ),
    ends(end("fd00::2"), kind="IPv6"),
    ends(end("example.org"), kind="FQDN"),
)


def zone(*services: Object, slices: tuple[Object, ...] = SLICES) -> Zone:
    """Over the given Services; over SERVICES when none is given."""
    everything = services or SERVICES
    keys = {f"{s['metadata']['namespace']}/{s['metadata']['name']}": s for s in everything}

    def of(key: str) -> list[Object]:
        return [s for s in slices if s["metadata"]["labels"]["kubernetes.io/service-name"] == key[5:]]

    def at(address: str) -> list[Object]:
        return [s for s in slices if any(address in e["addresses"] for e in s["endpoints"])]

    sources = Sources(
        keys.get,
        of,
        lambda namespace: [s for s in everything if s["metadata"]["namespace"] == namespace],
        lambda address: [s for s in everything if s["spec"].get("clusterIP") == address],
        at,
    )
    return Zone(sources, "cluster.local", DNS)
