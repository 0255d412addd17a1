"""What the server says it is (DESIGN §4)."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from . import exposition

KUBERNETES = "v1.36.2"
MAJOR, MINOR = "1", "36"
BUILD_INFO = "kubernetes_build_info"


def wherry() -> str:
    """The package's version."""
    try:
        return version("wherry")
    except PackageNotFoundError:
        return "0.0.0"


def git_version() -> str:
    """`v1.36.2+wherry.0.1.0`."""
    return f"{KUBERNETES}+wherry.{wherry()}"


def metric() -> str:
    """The same, as Prometheus reads it."""
    told = info()
    names = {
        "build_date": "buildDate",
        "compiler": "compiler",
        "git_commit": "gitCommit",
        "git_tree_state": "gitTreeState",
        "git_version": "gitVersion",
        "go_version": "goVersion",
        "major": "major",
        "minor": "minor",
        "platform": "platform",
    }
    labels = exposition.labels((label, told[name]) for label, name in names.items())
    head = exposition.head(BUILD_INFO, "gauge", "What this process is.")
    return exposition.document([*head, f"{BUILD_INFO}{{{labels}}} 1"])


def info() -> dict[str, str]:
    """The answer of `/version`."""
    return {
        "major": MAJOR,
        "minor": MINOR,
        "emulationMajor": MAJOR,
        "emulationMinor": MINOR,
        "minCompatibilityMajor": MAJOR,
        "minCompatibilityMinor": "35",
        "gitVersion": git_version(),
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "2026-11-22T00:00:00Z",
        "goVersion": f"python{platform.python_version()}",
        "compiler": platform.python_implementation().lower(),
        "platform": f"{platform.system().lower()}/{platform.machine().replace('x86_64', 'amd64')}",
    }
