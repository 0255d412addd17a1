"""Certificates and kubeconfigs of a local cluster, made before its components start."""

from __future__ import annotations

from datetime import datetime

from ..apiserver.pki import bundle, kubeconfig
from .paths import ClusterPaths
from .spec import ClusterSpec


def prepare(spec: ClusterSpec, paths: ClusterPaths, now: datetime) -> None:
    """Makes what is missing; takes a few tens of milliseconds the first time."""
    nodes: dict[str, tuple[str, ...]] = {
        name: (ip,) for name, ip in zip(spec.node_names, spec.node_ips, strict=True)
    }
    if spec.runtime == "simulated":
        # One server speaks for all of them.
        nodes = dict(list(nodes.items())[:1])
    service_ip = f"127.{48 + spec.slot}.0.1"
    names = [spec.internal] if spec.bind in ("0.0.0.0", "::") else [spec.internal, spec.bind]
    settings = bundle.PkiSettings(service_ip=service_ip, extra_names=tuple(names), nodes=nodes)
    pki = bundle.ensure(paths.root, settings, now)
    kubeconfig.write_all(paths.root, pki, server=spec.server, cluster=spec.name)
