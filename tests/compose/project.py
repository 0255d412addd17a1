"""The repository as a compose project: a copy with the wheels in it, started and stopped as a user would."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from tests.compose import base
from tests.compose.engine import Engine
from tests.e2e.local import free_port

REPOSITORY = Path(__file__).parents[2]
FILES = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "Dockerfile", ".dockerignore")
ROOMS = (
    "wherry", "apimachinery", "apiserver", "client", "controllers", "scheduler", "kubelet", "metrics",
    "proxy",
)  # fmt: skip
PARTS = (*FILES, "docker-compose.yml", "docker", "manifests", "dashboard", *ROOMS)
NAME = "wherry-test"


class Project:
    """`directory` holds the copy; the kubeconfig appears below it."""

    def __init__(self, engine: Engine, directory: Path) -> None:
        self.engine = engine
        self.directory = directory
        self.kubeconfig = directory / ".wherry" / "compose" / "kubeconfig"
        self._settings = {
            "BASE": base.IMAGE,
            "PIP_NO_INDEX": "1",
            "WHERRY_PORT": str(free_port()),
            "WHERRY_NET": "172.30.99",
            "WHERRY_IMAGE": f"{NAME}:local",
            "COMPOSE_PROJECT_NAME": NAME,
        }

    def prepare(self) -> None:
        """Copies the repository and fetches the wheels, since the build reaches no index."""
        for name in PARTS:
            source, target = REPOSITORY / name, self.directory / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.whl"))
            else:
                shutil.copy(source, target)
        _fetch_wheels(self.directory / "docker" / "wheels")

    def compose(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.engine.run("docker-compose", *args, check=check, cwd=self.directory, extra=self._settings)

    def up(self) -> None:
        self.compose("up", "--build", "--detach")

    def down(self) -> None:
        self.compose("down", "--volumes", "--timeout", "5", check=False)
        for image in (self._settings["WHERRY_IMAGE"], base.IMAGE):
            self.engine.run("docker", "image", "rm", "--force", image, check=False)

    def logs(self) -> str:
        return self.compose("logs", "--no-color", "--tail=40", check=False).stdout

    def states(self) -> dict[str, str]:
        """Service → `healthy`, or what it is instead."""
        identifiers = self.compose("ps", "--quiet").stdout.split()
        found: list[Any] = json.loads(self.engine.run("docker", "inspect", *identifiers).stdout)
        return {c["Config"]["Labels"]["com.docker.compose.service"]: _state(c["State"]) for c in found}

    def python(self, service: str, code: str) -> str:
        """What a Python program prints inside a service's container."""
        return self.compose("exec", "-T", service, "python3", "-c", code).stdout


def _state(state: dict[str, Any]) -> str:
    """A container without a health check is as healthy as it runs."""
    health = state.get("Health", {"Status": "healthy"})
    return str(health["Status"] if state["Status"] == "running" else state["Status"])


def _fetch_wheels(target: Path) -> None:
    wanted = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    requirements = [*wanted["project"]["dependencies"], *wanted["build-system"]["requires"], "wheel"]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    fit = ["--only-binary=:all:", f"--python-version={base.PYTHON}", f"--dest={target}"]
    done = subprocess.run([*pip, *fit, *requirements], capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, f"pip download: {done.stdout}{done.stderr}"
