"""helm, called as a person does, with its own files in a temporary directory."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any


class Helm:
    """One helm against one cluster, in one namespace."""

    def __init__(self, binary: str, kubeconfig: Path, namespace: str, home: Path) -> None:
        self.namespace = namespace
        self.home = home
        self._binary = binary
        self._kubeconfig = kubeconfig

    def run(self, *args: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        folders = {f"HELM_{name}_HOME": str(self.home / name.lower()) for name in ("CACHE", "CONFIG", "DATA")}
        return subprocess.run(
            [self._binary, *args, "--namespace", self.namespace],
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=self.home,
            env=os.environ | folders | {"KUBECONFIG": str(self._kubeconfig)},
        )

    def __call__(self, *args: str, timeout: float = 60.0) -> str:
        """What it prints; AssertionError when it fails."""
        done = self.run(*args, timeout=timeout)
        assert done.returncode == 0, f"helm {' '.join(args)}: {done.stdout}{done.stderr}"
        return done.stdout

    def fails(self, *args: str) -> str:
        done = self.run(*args)
        assert done.returncode, f"helm {' '.join(args)} did not fail: {done.stdout}"
        return done.stderr

    def json(self, *args: str) -> Any:
        return json.loads(self(*args, "--output", "json"))
