"""A pod's resolv.conf. Source: core/v1 DNSPolicy and PodDNSConfig."""

from __future__ import annotations

from typing import Any

from .host import Host

Object = dict[str, Any]


def resolv_conf(host: Host, pod: Object) -> tuple[str, ...]:
    """Lines of resolv.conf; none: the node's own."""
    spec, namespace = pod["spec"], pod["metadata"]["namespace"]
    choice = spec.get("dnsPolicy") or "ClusterFirst"
    config = spec.get("dnsConfig") or {}
    servers = list(config.get("nameservers") or [])
    searches = list(config.get("searches") or [])
    options = [
        f"{o['name']}:{o['value']}" if "value" in o else o["name"] for o in config.get("options") or []
    ]
    cluster = choice == "ClusterFirstWithHostNet" or (
        choice == "ClusterFirst" and not spec.get("hostNetwork")
    )
    if cluster and host.dns:
        domain = host.cluster_domain
        servers = [*host.dns, *servers]
        searches = [f"{namespace}.svc.{domain}", f"svc.{domain}", domain, *searches]
        options = ["ndots:5", *options]
    if not servers:
        return ()
    lines = [f"search {' '.join(searches)}"] if searches else []
    return (
        *lines,
        *(f"nameserver {s}" for s in servers),
        *([f"options {' '.join(options)}"] if options else []),
    )
