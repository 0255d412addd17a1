"""The components of a local cluster: which processes there are and what each is told.

Components are imported in `warm`, once, in the parent: its children share that memory and start in
milliseconds.
"""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

from ..apimachinery.clock import SystemClock
from .paths import ClusterPaths
from .spec import ClusterSpec

Run = Callable[[], Awaitable[None]]


class Component(NamedTuple):
    """One process. `restart` says whether the supervisor starts it again when it ends by itself: a node that
    dies stays dead, as a machine would."""

    name: str
    run: Run
    restart: bool = True

    def warm(self) -> None:
        """Imports what it needs."""
        importlib.import_module("uvloop")
        _room(self.name.partition("-")[0], "main")


def _room(room: str, module: str) -> Any:
    return importlib.import_module(f"wherry.{room}.{module}")


def _runner(room: str, clock: SystemClock, **settings: Any) -> Run:
    """`<room>.main.run` with `<room>.settings.Settings`, made in the child."""

    async def run() -> None:
        await _room(room, "main").run(_room(room, "settings").Settings(**settings), clock)

    return run


def apiserver_settings(spec: ClusterSpec) -> dict[str, Any]:
    return {
        "data_dir": spec.data_dir,
        "bind": spec.bind,
        "port": spec.port,
        "internal": spec.internal,
        "storage": spec.storage,
        "service_cidr": spec.service_cidr,
        "cluster_dns": spec.dns_ip if spec.nodes else "",
        "storage_class": "standard" if spec.nodes else "",
        "token_file": spec.token_auth_file,
        "max_requests_inflight": spec.max_requests_inflight,
        "max_mutating_requests_inflight": spec.max_mutating_requests_inflight,
        "enable_priority_and_fairness": spec.enable_priority_and_fairness,
        "enable_admission_plugins": spec.enable_admission_plugins,
        "disable_admission_plugins": spec.disable_admission_plugins,
        "admission_config": spec.admission_config,
        "request_timeout": spec.request_timeout,
        "time_scale": spec.time_scale,
    }


def components(spec: ClusterSpec, paths: ClusterPaths, clock: SystemClock) -> list[Component]:
    """In the order they are started, the API server first."""
    common = {"time_scale": spec.time_scale}
    found = [
        Component("apiserver", _runner("apiserver", clock, **apiserver_settings(spec))),
        Component("controllers", _controllers(spec, paths, clock)),
        Component("scheduler", _scheduler(spec, paths, clock)),
    ]
    if spec.nodes:
        found += _nodes(spec, paths, clock)
        kubeconfig = str(paths.kubeconfig("proxy"))
        proxy = _runner("proxy", clock, kubeconfig=kubeconfig, cluster_dns=spec.dns_ip, **common)
        found.append(Component("proxy", proxy))
        found.append(Component("metrics", _metrics(spec, paths, clock)))
    return found


def _controllers(spec: ClusterSpec, paths: ClusterPaths, clock: SystemClock) -> Run:
    return _runner(
        "controllers",
        clock,
        kubeconfig=str(paths.kubeconfig("controller-manager")),
        controllers=spec.controllers,
        root_ca_file=str(paths.root / "pki" / "ca.crt"),
        service_account_private_key_file=str(paths.root / "pki" / "sa.key"),
        cluster_signing_cert_file=str(paths.root / "pki" / "ca.crt"),
        cluster_signing_key_file=str(paths.root / "pki" / "ca.key"),
        cluster_cidr=spec.pod_cidr,
        time_scale=spec.time_scale,
    )


def _scheduler(spec: ClusterSpec, paths: ClusterPaths, clock: SystemClock) -> Run:
    return _runner(
        "scheduler",
        clock,
        kubeconfig=paths.kubeconfig("scheduler"),
        config=spec.scheduler_config,
        time_scale=spec.time_scale,
    )


def _metrics(spec: ClusterSpec, paths: ClusterPaths, clock: SystemClock) -> Run:
    return _runner(
        "metrics",
        clock,
        kubeconfig=paths.kubeconfig("metrics"),
        bind_address=spec.internal,
        time_scale=spec.time_scale,
    )


def _nodes(spec: ClusterSpec, paths: ClusterPaths, clock: SystemClock) -> list[Component]:
    """A process per node; simulated nodes share one."""
    if spec.runtime == "simulated":
        run = _kubelet(spec, paths, clock, spec.node_names, spec.node_ips, paths.kubeconfig("admin"))
        return [Component("kubelet", run, restart=False)]
    return [
        Component(
            f"kubelet-{name}",
            _kubelet(spec, paths, clock, [name], [ip], paths.kubeconfig(f"kubelet-{name}")),
            False,
        )
        for name, ip in zip(spec.node_names, spec.node_ips, strict=True)
    ]


def _kubelet(
    spec: ClusterSpec,
    paths: ClusterPaths,
    clock: SystemClock,
    names: list[str],
    ips: list[str],
    kubeconfig: Path,
) -> Run:
    pki = paths.root / "pki"
    settings: dict[str, Any] = {
        "kubeconfig": kubeconfig,
        "data_dir": paths.root,
        "nodes": names,
        "node_ips": ips,
        "runtime": spec.runtime,
        "cluster_dns": [spec.dns_ip],
        "time_scale": spec.time_scale,
    }
    settings |= {
        "tls_cert": pki / f"kubelet-{names[0]}.crt",
        "tls_key": pki / f"kubelet-{names[0]}.key",
        "client_ca": pki / "ca.crt",
    }
    if spec.runtime == "simulated":
        # Other clusters' nodes may listen on the usual port of single addresses.
        settings["port"] = 0
        # Thousands of nodes are not written once more each for their ranges, and take pods at once.
        settings["pod_cidrs"] = spec.pod_cidrs
    return _runner("kubelet", clock, **settings)
