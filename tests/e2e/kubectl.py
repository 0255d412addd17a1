"""The real kubectl: where it is, and one object to call it by."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any


def on_path() -> str:
    """The kubectl of this machine, or "" when there is none."""
    return shutil.which("kubectl") or ""


class KubectlError(AssertionError):
    """kubectl ended with an error that the test did not expect."""


class Kubectl:
    """Calls one kubectl against one cluster, in one namespace."""

    def __init__(self, binary: str, kubeconfig: Path, namespace: str = "default") -> None:
        self.binary = binary
        self.kubeconfig = kubeconfig
        self.namespace = namespace

    def command(self, *args: str) -> list[str]:
        cache = self.kubeconfig.parent / "kube-cache"
        return [self.binary, f"--namespace={self.namespace}", f"--cache-dir={cache}", *args]

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"KUBECONFIG": str(self.kubeconfig)}

    def run(self, *args: str, stdin: str = "", timeout: float = 90.0) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*args),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            env=self.environment,
        )

    def __call__(self, *args: str, stdin: str = "", timeout: float = 90.0) -> str:
        """What it prints; KubectlError when it fails."""
        done = self.run(*args, stdin=stdin, timeout=timeout)
        if done.returncode:
            raise KubectlError(
                f"kubectl {' '.join(args)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done.stdout

    def fails(self, *args: str, stdin: str = "", code: int = 1) -> str:
        """What it says on stderr when it ends with `code`."""
        done = self.run(*args, stdin=stdin)
        assert done.returncode == code, (
            f"kubectl {' '.join(args)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        )
        return done.stderr

    def json(self, *args: str) -> Any:
        return json.loads(self(*args, "-o", "json"))

    def path(self, *args: str, at: str) -> str:
        """One value by JSONPath, "" when there is none."""
        return self(*args, "-o", f"jsonpath={{{at}}}")

    def names(self, kind: str, *args: str) -> list[str]:
        return self("get", kind, *args, "-o", "jsonpath={.items[*].metadata.name}").split()

    def ready_endpoints(self, service: str) -> list[str]:
        """Names of a Service's ready pods. (A slice without endpoints holds null.)"""
        slices = self.json("get", "endpointslice", "-l", f"kubernetes.io/service-name={service}")["items"]
        found = [endpoint for part in slices for endpoint in part["endpoints"] or ()]
        return [endpoint["targetRef"]["name"] for endpoint in found if endpoint["conditions"]["ready"]]

    def start(self, *args: str) -> subprocess.Popen[str]:
        """One that keeps running; the caller ends it (`with ended(...)`)."""
        return subprocess.Popen(
            self.command(*args),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment,
        )
