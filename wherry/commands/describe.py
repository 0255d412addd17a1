"""`wherry describe`: an object's fields and its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .options import AnyName, DataDir, Kubeconfig, Namespace

if TYPE_CHECKING:
    from ..client.client import Client


def describe(
    words: Annotated[list[str], typer.Argument(metavar="KIND [NAME…]|KIND/NAME…")],
    namespace: Namespace = "default",
    selector: Annotated[str, typer.Option("--selector", "-l", help="Label selector.")] = "",
    name: AnyName = None,
    data_dir: DataDir = None,
    kubeconfig: Kubeconfig = None,
) -> None:
    """Show objects in full, with their events."""
    from datetime import UTC, datetime

    from ..access import describe as access
    from ..access import kinds, refs, table
    from ..access.session import run
    from ..access.target import Target

    async def work(client: Client) -> None:
        found = []
        for ref in refs.parse(await kinds.discover(client), words):
            where = namespace if ref.kind.resource.namespaced else ""
            if ref.name:
                found.append(await client.get(ref.kind.resource, ref.name, where))
            else:
                found += (await client.list(ref.kind.resource, where, label_selector=selector))["items"]
        texts = [access.text(obj, await access.events_of(client, obj), datetime.now(UTC)) for obj in found]
        print(table.printable("\n\n".join(texts)) if texts else "No resources found")

    run(Target(name, data_dir, kubeconfig), work)
