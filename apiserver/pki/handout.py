"""What components on other machines need to come in: a folder each, with its credentials and no other's.

`admin/`, `controllers/`, `scheduler/`, `metrics/` hold `kubeconfig` and `ca.crt`. A node's folder besides has
`proxy.kubeconfig` for the proxy beside the kubelet, and the kubelet's serving pair, `tls.crt` and `tls.key`.
"""

from __future__ import annotations

import os
from pathlib import Path

from . import kubeconfig
from .bundle import Pki
from .files import write_if_changed

CONTROL_PLANE = {"controllers": "controller-manager", "scheduler": "scheduler", "metrics": "metrics"}
"""Folder → its kubeconfig's name (`kubeconfig.FILES`)."""


def write(directory: Path, pki: Pki, *, server: str, public: str, nodes: list[str]) -> None:
    """`server` is the URL for components, `public` the one for people. Equal files are left alone."""
    wanted = {"admin/kubeconfig": _config(pki, "admin", public)}
    for folder, name in CONTROL_PLANE.items():
        wanted[f"{folder}/kubeconfig"] = _config(pki, name, server)
    for node in nodes:
        serving = pki.pairs[f"kubelet-{node}"]
        pair, user = pki.pairs[f"kubelet-client-{node}"], f"system:node:{node}"
        body = kubeconfig.config(server, pki.ca.certificate, pair, cluster="wherry", user=user)
        wanted |= {
            f"{node}/kubeconfig": kubeconfig.render(body),
            f"{node}/proxy.kubeconfig": _config(pki, "proxy", server),
            f"{node}/tls.crt": serving.certificate,
            f"{node}/tls.key": serving.key,
        }
    for folder in {name.partition("/")[0] for name in wanted}:
        wanted[f"{folder}/ca.crt"] = pki.ca.certificate
    for name, data in wanted.items():
        _hand_out(directory / name, data)


def _config(pki: Pki, name: str, server: str) -> bytes:
    pair, user = kubeconfig.FILES[name]
    body = kubeconfig.config(server, pki.ca.certificate, pki.pairs[pair], cluster="wherry", user=user)
    return kubeconfig.render(body)


def _hand_out(path: Path, data: bytes) -> None:
    """The file belongs to the owner of the folder: the host's user, where that is mounted from the host."""
    write_if_changed(path, data)
    folder = path.parent.stat()
    if os.geteuid() == 0:
        os.chown(path, folder.st_uid, folder.st_gid)
