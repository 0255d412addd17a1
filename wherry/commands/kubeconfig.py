"""`wherry kubeconfig`: gives the user's tools the way to a local cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..cluster.paths import DEFAULT_NAME, locate
from ..errors import CliError
from .options import DataDir, Name


def kubeconfig(
    name: Name = DEFAULT_NAME,
    data_dir: DataDir = None,
    path: Annotated[bool, typer.Option("--path", help="Print the path of the cluster's own file.")] = False,
    merge: Annotated[bool, typer.Option("--merge", help="Merge into $KUBECONFIG or ~/.kube/config.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write this file.")] = None,
) -> None:
    """Print a cluster's kubeconfig, or merge it into yours."""
    from ..cluster import kubeconfig as files

    paths = locate(name, data_dir)
    if not paths.admin.is_file():
        raise CliError(f"cluster {data_dir or name} has no kubeconfig: it was never started")
    if path:
        print(paths.admin)
    elif merge or output is not None:
        published = files.publish(name, paths, output)
        print(f"✓ context {published.context} in {published.path}")
    else:
        print(paths.admin.read_text(), end="")
