"""`wherry status`: processes, nodes and addresses of a local cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..cluster.paths import DEFAULT_NAME, ClusterPaths, locate
from .options import DataDir, Name

if TYPE_CHECKING:
    from ..cluster.state import ClusterState

NOT_RUNNING = 3
"""As systemctl's exit code."""


def status(
    name: Name = DEFAULT_NAME,
    data_dir: DataDir = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing; the exit code says it.")
    ] = False,
) -> None:
    """Show a cluster's processes, nodes and addresses; exit code 3 when it is not running."""
    from ..cluster import state

    paths = locate(name, data_dir)
    found = state.running(paths)
    if not quiet:
        print(_stopped(paths, name) if found is None else describe(paths, found))
    if found is None or not found.ready:
        raise typer.Exit(NOT_RUNNING)


def _stopped(paths: ClusterPaths, name: str) -> str:
    from ..cluster import state

    running = [n for n in state.known() if state.running(locate(n)) is not None]
    others = f"\nrunning: {', '.join(running)}" if running else ""
    return f"cluster {name} is not running (data directory {paths.root}){others}"


def describe(paths: ClusterPaths, found: ClusterState) -> str:
    """The whole text."""
    from ..access import table

    spec = found.spec
    facts = [
        f"cluster {spec.name} is {'up' if found.ready else 'starting'}",
        f"  API         {spec.server}",
        f"  inside      https://{spec.internal}:{spec.port}",
        f"  ClusterIPs  {spec.service_cidr}    pods {spec.pod_cidr}",
        f"  data        {paths.root} ({spec.storage})",
        f"  kubeconfig  {paths.admin}",
        f"  logs        {paths.logs}",
    ]
    processes = {"supervisor": found.supervisor, **found.pids}
    rows = [[name, str(pid), *_usage(pid)] for name, pid in processes.items()]
    parts = ["\n".join(facts), table.plain(["component", "pid", "memory", "up"], rows)]
    nodes = [[name, ip] for name, ip in zip(spec.node_names, spec.node_ips, strict=True)]
    if nodes:
        parts.append(table.plain(["node", "address"], nodes))
    return "\n\n".join(parts)


def _usage(pid: int) -> list[str]:
    """Memory (what the process has for itself plus its share of what is shared) and age."""
    import time

    import psutil

    from ..apimachinery import duration

    try:
        process = psutil.Process(pid)
        memory = process.memory_full_info()
        amount = getattr(memory, "pss", memory.rss)
        return [f"{amount / 2**20:.0f} MiB", duration.human(time.time() - process.create_time())]
    except psutil.Error:
        return ["gone", ""]
