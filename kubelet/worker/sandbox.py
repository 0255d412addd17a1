"""A pod's surroundings as its runtime gets them: names, address, resolv.conf, /etc/hosts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..runtime.contract import Sandbox
from .dns import resolv_conf
from .host import Host

Object = dict[str, Any]
JOB_SECONDS = "1"
"""A simulated container of a Job ends by itself: one that ran for ever would be of no use."""


def describe(host: Host, pod: Object, directory: Path, ip: str) -> Sandbox:
    """`ip` is empty for a pod on the node's own network."""
    spec, meta = pod["spec"], pod["metadata"]
    annotations = dict(meta.get("annotations") or {})
    if any(owner.get("kind") == "Job" for owner in meta.get("ownerReferences") or []):
        annotations.setdefault("wherry.dev/run-seconds", JOB_SECONDS)
    subdomain = spec.get("subdomain")
    aliases = spec.get("hostAliases") or []
    return Sandbox(
        uid=meta["uid"],
        namespace=meta["namespace"],
        name=meta["name"],
        hostname=(spec.get("hostname") or meta["name"])[:63].rstrip("-."),
        directory=directory,
        ip=ip,
        host_network=bool(spec.get("hostNetwork")),
        dns=resolv_conf(host, pod),
        hosts=tuple(f"{a['ip']}\t{' '.join(a.get('hostnames') or [])}" for a in aliases),
        domain=f"{subdomain}.{meta['namespace']}.svc.{host.cluster_domain}" if subdomain else "",
        annotations=annotations,
    )
