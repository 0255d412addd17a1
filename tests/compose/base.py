"""A base image without a registry: Debian with Python, made by debootstrap and kept for the next run."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.compose.engine import PATH, Engine

RELEASE, PYTHON = "bookworm", "3.11"
IMAGE = "wherry-test-base"
BUILD_SECONDS = 300.0


def archive() -> Path:
    """The cached root file system as a tar file; made at first use, in about 40 s."""
    cache = Path(tempfile.gettempdir()) / f"wherry-test-base-{os.getuid()}"
    cache.mkdir(mode=0o700, exist_ok=True)
    found = cache / f"{RELEASE}.tar"
    if not found.exists():
        root, draft = cache / f"{RELEASE}.root", cache / f"{RELEASE}.{os.getpid()}"
        shutil.rmtree(root, ignore_errors=True)
        try:
            _call("debootstrap", "--variant=minbase", "--include=python3,python3-venv", RELEASE, str(root))
            _call("tar", "--directory", str(root), "--create", "--file", str(draft), ".")
            draft.rename(found)
        finally:
            shutil.rmtree(root, ignore_errors=True)
    return found


def install(engine: Engine) -> None:
    """Gives the engine the image IMAGE."""
    engine.run("docker", "import", str(archive()), IMAGE)


def _call(*command: str) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=BUILD_SECONDS, env=os.environ | {"PATH": PATH}
    )
    if done.returncode:
        raise AssertionError(f"{command[0]}: exit {done.returncode}\n{(done.stdout + done.stderr)[-4000:]}")
