"""`wherry join`: not there yet, and says so."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import CliError


def join(server: Annotated[str, typer.Argument(metavar="SERVER")] = "") -> None:
    """Add this machine to a cluster elsewhere (not in this version)."""
    raise CliError(
        "this version cannot join a machine to a cluster elsewhere: start nodes with `wherry up --nodes N`, "
        "or run `wherry kubelet --config FILE` with a kubeconfig of that cluster"
    )
