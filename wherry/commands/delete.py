"""`wherry delete`: objects by name, by selector or by manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import CliError
from .options import AnyName, DataDir, Kubeconfig, Namespace

if TYPE_CHECKING:
    from ..access.kinds import Kind
    from ..client.client import Client

GONE_SECONDS = 60.0


def delete(
    words: Annotated[list[str] | None, typer.Argument(metavar="KIND NAME…|KIND/NAME…")] = None,
    files: Annotated[
        list[str] | None, typer.Option("--filename", "-f", help="Delete what these manifests name.")
    ] = None,
    namespace: Namespace = "default",
    selector: Annotated[str, typer.Option("--selector", "-l", help="Delete what matches.")] = "",
    cascade: Annotated[str, typer.Option(help="background, foreground or orphan.")] = "background",
    grace_period: Annotated[int, typer.Option(help="Seconds a pod is given to end; -1: its own.")] = -1,
    ignore_not_found: Annotated[bool, typer.Option(help="Nothing there is no error.")] = False,
    wait: Annotated[bool, typer.Option(help="Return once the objects are gone.")] = True,
    name: AnyName = None,
    data_dir: DataDir = None,
    kubeconfig: Kubeconfig = None,
) -> None:
    """Delete objects."""
    from ..access.session import run
    from ..access.target import Target

    policies = {"background": "Background", "foreground": "Foreground", "orphan": "Orphan"}
    if cascade not in policies:
        raise CliError(f"unknown cascade {cascade!r}: background, foreground or orphan")
    if bool(words) == bool(files):
        raise CliError("say what to delete: KIND NAME, KIND/NAME or -f FILE")
    options = {"grace": grace_period if grace_period >= 0 else None, "propagation": policies[cascade]}

    async def work(client: Client) -> None:
        deleted = []
        for kind, one, where in await _chosen(client, words or [], files or [], namespace, selector):
            obj = await _delete(client, kind, one, where, options, ignore_not_found)
            if obj is not None:
                print(f'{kind.full} "{one}" deleted', flush=True)
                deleted.append((kind, one, where, obj))
        if wait:
            for kind, one, where, obj in deleted:
                await _gone(client, kind, one, where, obj)

    run(Target(name, data_dir, kubeconfig), work)


async def _chosen(
    client: Client, words: list[str], files: list[str], namespace: str, selector: str
) -> list[tuple[Kind, str, str]]:
    """Kind, name and namespace of each object meant."""
    from ..access import kinds, manifests, refs

    served = await kinds.discover(client)
    if files:
        found = [(served.of(obj), obj["metadata"]) for obj in manifests.read(files)]
        return [
            (kind, meta["name"], _where(kind, meta.get("namespace") or namespace)) for kind, meta in found
        ]
    out = []
    for ref in refs.parse(served, words):
        where = _where(ref.kind, namespace)
        if ref.name:
            out.append((ref.kind, ref.name, where))
        elif selector:
            items = await client.list(ref.kind.resource, where, label_selector=selector)
            out += [(ref.kind, item["metadata"]["name"], where) for item in items["items"]]
        else:
            raise CliError(f"say which {ref.kind.resource.resource}: a name or --selector")
    return out


def _where(kind: Kind, namespace: str) -> str:
    return namespace if kind.resource.namespaced else ""


async def _delete(
    client: Client, kind: Kind, name: str, namespace: str, options: dict[str, Any], ignore: bool
) -> dict[str, Any] | None:
    from ..apimachinery.errors import StatusError, is_reason

    try:
        before = await client.get(kind.resource, name, namespace)
        await client.delete(kind.resource, name, namespace, **options)
    except StatusError as error:
        if ignore and is_reason(error, "NotFound"):
            return None
        raise
    return before


async def _gone(client: Client, kind: Kind, name: str, namespace: str, before: dict[str, Any]) -> None:
    """Waits until the object of that uid is there no more."""
    import asyncio

    from ..access.gone import until_gone

    uid = before["metadata"]["uid"]
    try:
        await asyncio.wait_for(until_gone(client, kind.resource, name, namespace, uid), GONE_SECONDS)
    except TimeoutError:
        text = f'{kind.full} "{name}" is still there after {GONE_SECONDS:.0f} s'
        raise CliError(f"{text}: a finalizer or a long grace period holds it") from None
