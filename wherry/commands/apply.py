"""`wherry apply`: server-side apply of manifests."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import CliError
from .options import AnyName, DataDir, Kubeconfig, Namespace


def apply(
    files: Annotated[
        list[str], typer.Option("--filename", "-f", help="A file, a directory or - (may be repeated).")
    ],
    namespace: Namespace = "default",
    wait: Annotated[bool, typer.Option("--wait", help="Wait until what was applied is ready.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds to wait.")] = 120.0,
    force_conflicts: Annotated[bool, typer.Option(help="Take over fields that others manage.")] = False,
    name: AnyName = None,
    data_dir: DataDir = None,
    kubeconfig: Kubeconfig = None,
) -> None:
    """Create or change objects from manifests (server-side apply)."""
    from ..access import apply as access
    from ..access import manifests
    from ..access.progress import Progress
    from ..access.session import run, words
    from ..access.target import Target
    from ..apimachinery.errors import StatusError
    from ..client.client import Client

    objects = manifests.read(files)

    async def work(client: Client) -> None:
        applier = access.Applier(client, namespace, force=force_conflicts)
        applied, refused = [], 0
        for obj in objects:
            try:
                one = await applier.apply(obj)
            except (StatusError, CliError) as error:
                text = words(error) if isinstance(error, StatusError) else str(error)
                typer.echo(f"error: {obj['kind'].lower()}/{obj['metadata']['name']}: {text}", err=True)
                refused += 1
                continue
            print(f"{one.name} {one.change}", flush=True)
            applied.append(one)
        if refused:
            raise CliError(f"{refused} of {len(objects)} objects were refused")
        if wait:
            with Progress() as progress:
                await access.wait(client, applied, timeout, progress)

    run(Target(name, data_dir, kubeconfig), work)
