"""Where a cluster keeps its files, by name or by directory."""

from __future__ import annotations

import os
from pathlib import Path

DEFAULT_NAME = "wherry"


def home() -> Path:
    """`$XDG_DATA_HOME/wherry`, else `~/.local/share/wherry`."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "wherry"


class ClusterPaths:
    """The data directory of one cluster (DESIGN §10)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.state = root / "run" / "cluster.json"
        self.lock = root / "run" / "lock"
        self.logs = root / "logs"
        self.admin = root / "kubeconfig" / "admin.conf"

    def kubeconfig(self, component: str) -> Path:
        return self.root / "kubeconfig" / f"{component}.conf"

    def log(self, component: str) -> Path:
        return self.logs / f"{component}.log"


def locate(name: str = DEFAULT_NAME, data_dir: Path | None = None) -> ClusterPaths:
    return ClusterPaths(data_dir.resolve() if data_dir else home() / name)
