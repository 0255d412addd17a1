"""kubeconfig files with everything embedded, so that each can be copied to another machine."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import orjson
import yaml

from .authority import KeyPair
from .bundle import Pki
from .files import write_if_changed

FILES: dict[str, tuple[str, str]] = {
    "admin": ("admin", "kubernetes-admin"),
    "controller-manager": ("controller-manager", "system:kube-controller-manager"),
    "scheduler": ("scheduler", "system:kube-scheduler"),
    "proxy": ("proxy", "system:kube-proxy"),
    "metrics": ("metrics", "wherry:metrics-server"),
}
"""kubeconfig name → (pair in the Pki, user name)."""


def config(server: str, ca: bytes, pair: KeyPair, *, cluster: str, user: str) -> dict[str, Any]:
    """The `v1 Config` object for one cluster, user and context."""
    context = f"{user}@{cluster}"
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": cluster, "cluster": {"server": server, "certificate-authority-data": _b64(ca)}}
        ],
        "users": [
            {
                "name": user,
                "user": {
                    "client-certificate-data": _b64(pair.certificate),
                    "client-key-data": _b64(pair.key),
                },
            }
        ],
        "contexts": [{"name": context, "context": {"cluster": cluster, "user": user}}],
        "current-context": context,
        "preferences": {},
    }


def write_all(data_dir: Path, pki: Pki, *, server: str, cluster: str = "wherry") -> dict[str, Path]:
    """Writes `data_dir`/kubeconfig/NAME.conf for every component and node; equal files are left alone."""
    wanted = dict(FILES)
    for name in pki.pairs:
        if name.startswith("kubelet-client-"):
            node = name.removeprefix("kubelet-client-")
            wanted[f"kubelet-{node}"] = (name, f"system:node:{node}")
    out: dict[str, Path] = {}
    for name, (pair, user) in wanted.items():
        path = data_dir / "kubeconfig" / f"{name}.conf"
        body = config(server, pki.ca.certificate, pki.pairs[pair], cluster=cluster, user=user)
        write_if_changed(path, render(body))
        out[name] = path
    return out


def render(body: dict[str, Any]) -> bytes:
    """YAML as people expect it in a kubeconfig. The C emitter: the pure Python one takes 5 ms a file."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(orjson.loads(orjson.dumps(body)), Dumper=dumper, sort_keys=False, width=2**31 - 1)
    return text.encode()


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
