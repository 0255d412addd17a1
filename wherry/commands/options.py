"""The options that many commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Name = Annotated[str, typer.Option("--name", help="Which local cluster.")]
DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Its data directory, instead of one by name.")
]
AnyName = Annotated[str | None, typer.Option("--name", help="Which local cluster (default: wherry).")]
Kubeconfig = Annotated[
    Path | None, typer.Option("--kubeconfig", help="Speak to the cluster of this file instead.")
]
Namespace = Annotated[str, typer.Option("--namespace", "-n", help="Namespace of the objects.")]
