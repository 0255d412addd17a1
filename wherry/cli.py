"""`wherry`: the list of commands (DESIGN §10). Each is a file of its own in `commands/`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from .commands import apply, component, delete, down, get, status, up

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="A Kubernetes control plane in one pip install.",
    pretty_exceptions_enable=False,
)

COMMANDS: tuple[Callable[..., Any], ...] = (
    up.up,
    down.down,
    status.status,
    apply.apply,
    get.get,
    delete.delete,
    *component.commands(),
)

for command in COMMANDS:
    app.command(command.__name__)(command)
