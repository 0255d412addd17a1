"""`wherry image`: which local program stands for an image."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from ..cluster.paths import DEFAULT_NAME, locate
from ..errors import CliError
from .options import DataDir, Name

if TYPE_CHECKING:
    from ..kubelet.images.catalogue import Entry

app = typer.Typer(no_args_is_help=True, help="Say which local program stands for an image.")


@app.command()
def add(
    pattern: Annotated[str, typer.Argument(metavar="NAME-OR-PATTERN", help="As in the pod; * and ? match.")],
    command: Annotated[str, typer.Option(help="The program and its arguments, as in a shell.")],
    name: Name = DEFAULT_NAME,
    data_dir: DataDir = None,
) -> None:
    """Run COMMAND for an image. Containers started from now on use it."""
    from ..kubelet.images import catalogue

    try:
        words = shlex.split(command)
    except ValueError as error:
        raise CliError(f"--command {command!r}: {error}") from None
    if not words:
        raise CliError("--command is empty")
    catalogue.add(locate(name, data_dir).root, pattern, words)
    print(f"✓ {pattern} runs: {shlex.join(words)}")


@app.command(name="list")
def list_(name: Name = DEFAULT_NAME, data_dir: DataDir = None) -> None:
    """Show the catalogue, in order of precedence."""
    from ..access import table
    from ..kubelet.images import catalogue

    rows = [[entry.pattern, _what(entry)] for entry in catalogue.load(locate(name, data_dir).root).entries()]
    print(table.plain(["image", "runs"], [*rows, ["*", "built-in server on the declared ports"]]))


def _what(entry: Entry) -> str:
    if entry.missing:
        return "nothing: the pull fails"
    if entry.command:
        return shlex.join(entry.command)
    if entry.shell:
        return f"the pod's command, else {shlex.join((*entry.entrypoint, *entry.default))}"
    return f"built-in {entry.standin}"


@app.command()
def remove(
    pattern: Annotated[str, typer.Argument(metavar="NAME-OR-PATTERN")],
    name: Name = DEFAULT_NAME,
    data_dir: DataDir = None,
) -> None:
    """Forget an entry that was added."""
    from ..kubelet.images import catalogue

    if not catalogue.remove(locate(name, data_dir).root, pattern):
        raise CliError(f"no entry of yours is named {pattern} (`wherry image list`)")
    print(f"✓ {pattern} removed")
