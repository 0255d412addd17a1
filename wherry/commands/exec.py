"""`wherry exec`: a command in a running container."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .options import AnyName, DataDir, Kubeconfig, Namespace

if TYPE_CHECKING:
    from ..client.client import Client


def exec_(
    pod: Annotated[str, typer.Argument(metavar="POD|KIND/NAME")],
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND…")],
    stdin: Annotated[bool, typer.Option("--stdin", "-i", help="Pass standard input on.")] = False,
    terminal: Annotated[bool, typer.Option("--tty", "-t", help="Give the command a terminal.")] = False,
    container: Annotated[str, typer.Option("--container", "-c", help="Which container of the pod.")] = "",
    namespace: Namespace = "default",
    name: AnyName = None,
    data_dir: DataDir = None,
    kubeconfig: Kubeconfig = None,
) -> None:
    """Run a command in a container; ends with its exit code."""
    from ..access import execution, pods
    from ..access.session import run
    from ..access.target import Target

    async def work(client: Client) -> int:
        found = (await pods.behind(client, pod, namespace))[0]
        chosen = pods.container(found, container)
        name = found["metadata"]["name"]
        return await execution.execute(
            client, namespace, name, chosen, command, stdin=stdin, terminal=terminal
        )

    raise typer.Exit(run(Target(name, data_dir, kubeconfig), work))
