"""`wherry port-forward`: local ports that lead into a pod."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .options import AnyName, DataDir, Kubeconfig, Namespace

if TYPE_CHECKING:
    from ..client.client import Client


def port_forward(
    what: Annotated[str, typer.Argument(metavar="POD|KIND/NAME")],
    ports: Annotated[list[str], typer.Argument(metavar="[LOCAL:]REMOTE…")],
    address: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    namespace: Namespace = "default",
    name: AnyName = None,
    data_dir: DataDir = None,
    kubeconfig: Kubeconfig = None,
) -> None:
    """Forward local ports to a pod, until interrupted."""
    from ..access import forwarding
    from ..access.session import run
    from ..access.target import Target

    wanted = [forwarding.ports(text) for text in ports]

    async def work(client: Client) -> None:
        await _forward(client, what, namespace, address, wanted)

    run(Target(name, data_dir, kubeconfig), work)


async def _forward(
    client: Client, what: str, namespace: str, address: str, wanted: list[tuple[int, str]]
) -> None:
    import asyncio

    from ..access import forwarding, kinds, pods, refs

    pod = (await pods.behind(client, what, namespace))[0]
    service = None
    if "/" in what:
        ref = refs.parse(await kinds.discover(client), [what])[0]
        if ref.kind.kind == "Service":
            service = await client.get(ref.kind.resource, ref.name, namespace)
    servers = []
    for local, remote in wanted:
        port = forwarding.pod_port(pod, remote, service)
        server = await forwarding.Forwarder(client, namespace, pod["metadata"]["name"], port).serve(
            address, local
        )
        bound = server.sockets[0].getsockname()[1]
        print(f"Forwarding from {address}:{bound} -> {port}", flush=True)
        servers.append(server)
    await asyncio.gather(*(server.serve_forever() for server in servers))
