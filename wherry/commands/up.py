"""`wherry up`: starts a local cluster."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated

import typer

from ..cluster.paths import DEFAULT_NAME, locate
from ..errors import CliError
from .options import DataDir, Name


def checked_range(text: str) -> str:
    """An IPv4 network with room for Services. CliError."""
    if not text:
        return ""
    try:
        network = IPv4Network(text)
    except ValueError as error:
        raise CliError(f"--service-cidr {text}: {error}") from None
    if network.prefixlen > 24:
        raise CliError(f"--service-cidr {text}: at least a /24 is needed")
    return text


def up(
    name: Name = DEFAULT_NAME,
    nodes: Annotated[int, typer.Option(min=0, help="How many nodes.")] = 1,
    runtime: Annotated[str, typer.Option(help="process (real local processes) or simulated.")] = "process",
    data_dir: DataDir = None,
    ephemeral: Annotated[
        bool, typer.Option("--ephemeral", help="Keep nothing: the store is in memory.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port of the API server.")] = 6443,
    bind: Annotated[str, typer.Option(help="Address of the API server.")] = "127.0.0.1",
    kubeconfig: Annotated[
        Path | None, typer.Option(help="Write this file instead of merging into yours.")
    ] = None,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Return once everything is Ready.")] = False,
    storage: Annotated[str, typer.Option(help="sqlite or memory.")] = "sqlite",
    controllers: Annotated[str, typer.Option(help="As kube-controller-manager: '*,-NAME…'.")] = "*",
    service_cidr: Annotated[
        str, typer.Option(help="ClusterIPs, instead of loopback addresses that reach their pods.")
    ] = "",
    token_auth_file: Annotated[
        Path | None, typer.Option(help="Static tokens: lines of TOKEN,USER,UID,GROUPS.")
    ] = None,
    max_requests_inflight: Annotated[
        int, typer.Option(min=0, help="Requests that the API server runs at once; 0 with the next: any.")
    ] = 400,
    max_mutating_requests_inflight: Annotated[
        int, typer.Option(min=0, help="Added to that; without priority and fairness the limit of writes.")
    ] = 200,
    enable_priority_and_fairness: Annotated[
        str, typer.Option(metavar="true|false", help="Share these by FlowSchemas and priority levels.")
    ] = "true",
    enable_admission_plugins: Annotated[
        str, typer.Option(metavar="NAME,…", help="Besides those that are on by default.")
    ] = "",
    disable_admission_plugins: Annotated[
        str, typer.Option(metavar="NAME,…", help="Of those that are on by default.")
    ] = "",
    admission_control_config_file: Annotated[
        Path | None, typer.Option(help="An AdmissionConfiguration: what PodSecurity does by default.")
    ] = None,
    request_timeout: Annotated[
        str, typer.Option(metavar="DURATION", help="How long a request may take that is not meant to last.")
    ] = "1m0s",
    scheduler_config: Annotated[
        Path | None,
        typer.Option(help="A KubeSchedulerConfiguration: profiles, plug-ins and their arguments."),
    ] = None,
    time_scale: Annotated[float, typer.Option(help="How many times faster the cluster's time runs.")] = 1.0,
) -> None:
    """Start a cluster."""
    from ..cluster import launch
    from ..cluster.spec import ClusterSpec
    from .component import check_controllers

    _check_choices(runtime, storage, time_scale, enable_priority_and_fairness)
    chosen = _listed(controllers)
    check_controllers(chosen)
    paths = locate(name, data_dir)
    spec = ClusterSpec(
        name=name,
        data_dir=paths.root,
        nodes=nodes,
        runtime="simulated" if runtime == "simulated" else "process",
        port=port,
        bind=bind,
        storage="memory" if ephemeral or storage == "memory" else "sqlite",
        controllers=chosen,
        request_timeout=_seconds("request-timeout", request_timeout),
        time_scale=time_scale,
        service_range=checked_range(service_cidr),
        token_auth_file=token_auth_file.resolve() if token_auth_file else None,
        max_requests_inflight=max_requests_inflight,
        max_mutating_requests_inflight=max_mutating_requests_inflight,
        enable_priority_and_fairness=enable_priority_and_fairness == "true",
        enable_admission_plugins=_admission_plugins("enable", enable_admission_plugins),
        disable_admission_plugins=_admission_plugins("disable", disable_admission_plugins),
        admission_config=checked_admission(admission_control_config_file),
        scheduler_config=checked_configuration(scheduler_config),
    )
    raise typer.Exit(launch.up(spec, paths, detach=detach, kubeconfig=kubeconfig))


def _check_choices(runtime: str, storage: str, time_scale: float, fairness: str) -> None:
    """CliError."""
    if runtime not in ("process", "simulated"):
        raise CliError(f"unknown runtime {runtime!r}: this version has process and simulated")
    if storage not in ("sqlite", "memory"):
        raise CliError(f"unknown storage {storage!r}: this version has sqlite and memory")
    if time_scale <= 0:
        raise CliError(f"--time-scale {time_scale:g}: time runs forward")
    if fairness not in ("true", "false"):
        raise CliError(f"--enable-priority-and-fairness {fairness}: true or false")


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _seconds(option: str, text: str) -> float:
    """Go's way to write a time that is not none. CliError."""
    from ..apimachinery import duration

    try:
        found = duration.parse_nanoseconds(text)
    except ValueError as error:
        raise CliError(f"--{option} {text}: {error}") from None
    if found <= 0:
        raise CliError(f"--{option} {text}: more than nothing is needed")
    return found / 1e9


def checked_configuration(path: Path | None) -> Path | None:
    """CliError when it is no file that the scheduler can use."""
    if path is None:
        return None
    from .component import scheduler_settings

    if scheduler_settings(path) is None:
        raise CliError(f"{path}: not a KubeSchedulerConfiguration", 2)
    return path.resolve()


def checked_admission(path: Path | None) -> Path | None:
    """CliError when it is no file that the API server can use."""
    if path is None:
        return None
    from ..apiserver.admission.config_file import load

    try:
        load(path)
    except ValueError as error:
        raise CliError(str(error), 2) from error
    return path.resolve()


def _admission_plugins(what: str, text: str) -> list[str]:
    """Names of admission plug-ins that this version has. CliError."""
    names = _listed(text)
    if not names:
        return []
    from ..apiserver.admission.names import KNOWN

    unknown = [name for name in names if name not in KNOWN]
    if unknown:
        known = ", ".join(sorted(KNOWN))
        raise CliError(f"{what}-admission-plugins plugin {unknown[0]!r} is unknown: there are {known}")
    return names
