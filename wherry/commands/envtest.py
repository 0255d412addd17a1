"""`wherry envtest`: a folder for controller-runtime's KUBEBUILDER_ASSETS."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..cluster.paths import home
from ..errors import CliError

PROGRAMS = ("kube-apiserver", "etcd")


def envtest(
    directory: Annotated[
        Path | None, typer.Argument(help="Where; a folder of Wherry's own if not said.")
    ] = None,
) -> None:
    """Write what envtest starts, for KUBEBUILDER_ASSETS; print the folder."""
    print(write((directory or home() / "envtest").resolve()))


def write(directory: Path) -> Path:
    """Makes `kube-apiserver` and `etcd`, which are this Wherry, and `kubectl`, which is the one on PATH
    (there is none otherwise). CliError when the folder cannot be written."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name in PROGRAMS:
            _program(directory / name, f'exec {shlex.quote(sys.executable)} -m wherry {name} "$@"')
        if kubectl := shutil.which("kubectl"):
            _program(directory / "kubectl", f'exec {shlex.quote(kubectl)} "$@"')
    except OSError as error:
        raise CliError(f"{error.filename}: {error.strerror}") from None
    return directory


def _program(path: Path, line: str) -> None:
    """Replaces it in one step: it may be running."""
    partial = path.with_name(f".{path.name}")
    partial.write_text(f"#!/bin/sh\n{line}\n")
    partial.chmod(0o755)
    partial.replace(path)
