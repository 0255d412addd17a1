"""`wherry logs`: what a pod's container or a component of a local cluster wrote.

One rule tells them apart: a bare word that is a component of the local cluster (a name that
`wherry status` shows) means the component; `pod/NAME` always means the pod.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

import typer

from ..cluster.paths import DEFAULT_NAME, ClusterPaths, locate
from ..errors import CliError
from .options import AnyName, DataDir, Kubeconfig, Namespace

if TYPE_CHECKING:
    from ..client.client import Client

FIXED = ("supervisor", "apiserver", "controllers", "scheduler", "proxy", "metrics")
POLL_SECONDS = 0.2


def logs(
    what: Annotated[str, typer.Argument(metavar="COMPONENT|POD|KIND/NAME")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines are written.")] = False,
    container: Annotated[str, typer.Option("--container", "-c", help="Which container of the pod.")] = "",
    tail: Annotated[int, typer.Option(help="Only the last lines; -1: all.")] = -1,
    previous: Annotated[
        bool, typer.Option("--previous", "-p", help="Of the container before its restart.")
    ] = False,
    namespace: Namespace = "default",
    name: AnyName = None,
    data_dir: DataDir = None,
    kubeconfig: Kubeconfig = None,
) -> None:
    """Print the log of a pod, or of a component such as apiserver or kubelet-node-1."""
    from ..access.session import run
    from ..access.target import Target

    if kubeconfig is None:
        paths = locate(name or DEFAULT_NAME, data_dir)
        if is_component(paths, what):
            return _component(paths.log(what), follow, tail)
    options = {"follow": "true"} if follow else {}
    options |= {"previous": "true"} if previous else {}
    options |= {"tailLines": str(tail)} if tail >= 0 else {}

    async def work(client: Client) -> None:
        await _pod(client, what, namespace, container, options)

    return run(Target(name, data_dir, kubeconfig), work)


def is_component(paths: ClusterPaths, what: str) -> bool:
    return "/" not in what and (what in FIXED or what.startswith("kubelet")) and paths.log(what).is_file()


def _component(path: Path, follow: bool, tail: int) -> None:
    import time

    with path.open(errors="replace") as file:
        lines = file.readlines()
        print("".join(lines[-tail:] if tail > 0 else [] if tail == 0 else lines), end="", flush=True)
        try:
            while follow:
                text = file.read()
                print(text, end="", flush=True)
                if not text:
                    time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            return


async def _pod(client: Client, what: str, namespace: str, container: str, options: dict[str, str]) -> None:
    import sys

    import aiohttp

    from ..access import pods
    from ..client.client import object_path
    from ..client.errors import Unreachable
    from ..client.resources import PODS

    found = await pods.behind(client, what, namespace)
    pod = found[0]
    if len(found) > 1:
        typer.echo(f"Found {len(found)} pods, using pod/{pod['metadata']['name']}", err=True)
    query = urlencode(options | {"container": pods.container(pod, container)})
    path = object_path(PODS, namespace, pod["metadata"]["name"], "log")
    async with client.open(
        "GET", f"{path}?{query}", timeout=aiohttp.ClientTimeout(total=None, connect=10)
    ) as answer:
        try:
            async for chunk in answer.content.iter_any():
                sys.stdout.buffer.write(chunk)
                sys.stdout.buffer.flush()
        except aiohttp.ClientError as error:
            raise Unreachable(str(error)) from error
        except BrokenPipeError:
            raise CliError("the reader of the log has gone") from None
