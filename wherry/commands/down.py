"""`wherry down`: stops a local cluster; its data stays."""

from __future__ import annotations

import typer

from ..cluster.paths import DEFAULT_NAME, locate
from .options import DataDir, Name


def down(name: Name = DEFAULT_NAME, data_dir: DataDir = None) -> None:
    """Stop a cluster; its data stays."""
    from ..cluster.launch import stop

    raise typer.Exit(stop(locate(name, data_dir)))
