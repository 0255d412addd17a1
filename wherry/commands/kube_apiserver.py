"""`wherry kube-apiserver`: the API server alone, started by upstream's flags.

It is what controller-runtime's envtest starts (`wherry envtest`). The store is in memory: what
`--etcd-servers` names is not asked, and everything is gone when the process ends.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from ..access import goflags
from ..access.goflags import listed
from ..errors import CliError

CERT_DIR = "/var/run/kubernetes"
MODES = ("Node", "RBAC", "AlwaysAllow")


def _path(text: str) -> Path:
    return Path(text)


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("true or false is needed")
    return text == "true"


def _ports(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last)


def _seconds(text: str) -> float:
    from ..apimachinery import duration

    return duration.parse(text)


def _modes(text: str) -> list[str]:
    if unknown := [mode for mode in listed(text) if mode not in MODES]:
        raise ValueError(f"{unknown[0]!r} is not a valid mode here: there are {', '.join(MODES)}")
    return listed(text)


def _first(text: str) -> str:
    return listed(text)[0]


FLAGS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "admission-control-config-file": ("admission_config", _path),
    "advertise-address": ("advertise", str),
    "anonymous-auth": ("anonymous_auth", _truth),
    "api-audiences": ("api_audiences", listed),
    "authorization-mode": ("authorization_mode", _modes),
    "bind-address": ("bind", str),
    "client-ca-file": ("client_ca_file", _path),
    "disable-admission-plugins": ("disable_admission_plugins", listed),
    "enable-admission-plugins": ("enable_admission_plugins", listed),
    "enable-priority-and-fairness": ("enable_priority_and_fairness", _truth),
    "max-mutating-requests-inflight": ("max_mutating_requests_inflight", int),
    "max-requests-inflight": ("max_requests_inflight", int),
    "request-timeout": ("request_timeout", _seconds),
    "secure-port": ("port", int),
    "service-account-issuer": ("service_account_issuer", _first),
    "service-account-signing-key-file": ("service_account_signing_key_file", _path),
    "service-cluster-ip-range": ("service_cidr", _first),
    "service-node-port-range": ("node_ports", _ports),
    "token-auth-file": ("token_file", _path),
}
"""Flag → setting of the API server, and what reads its value."""
CERTIFICATES = ("cert-dir", "tls-cert-file", "tls-private-key-file")
WITHOUT_EFFECT = (
    "allow-privileged", "delete-collection-workers", "enable-aggregator-routing",
    "enable-bootstrap-token-auth", "endpoint-reconciler-type", "etcd-cafile", "etcd-certfile", "etcd-keyfile",
    "etcd-prefix", "etcd-servers", "event-ttl", "feature-gates", "kubelet-preferred-address-types",
    "logging-format", "profiling", "runtime-config", "service-account-key-file", "shutdown-delay-duration",
    "storage-backend", "storage-media-type", "v", "vmodule", "watch-cache", "watch-cache-sizes",
)  # fmt: skip
"""Upstream's flags that are taken and change nothing here."""
SWITCHES = (
    "allow-privileged", "anonymous-auth", "enable-aggregator-routing", "enable-bootstrap-token-auth",
    "enable-priority-and-fairness", "profiling", "watch-cache",
)  # fmt: skip
KNOWN = (*FLAGS, *CERTIFICATES, *WITHOUT_EFFECT)
CONTEXT = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


def kube_apiserver(context: typer.Context) -> None:
    """Run the API server alone, by upstream's flags (for envtest)."""
    if {"-h", "--help"} & set(context.args):
        print(usage())
        return
    from ..apimachinery.clock import SystemClock
    from ..apiserver.main import run
    from ..apiserver.settings import Settings
    from ..cluster.process import run_component

    settings = Settings(**values(context.args))
    raise typer.Exit(run_component("apiserver", lambda: run(settings, SystemClock(1.0))))


def usage() -> str:
    """The flags, one a line: programs look for some in here."""
    lines = [f"      --{name}" for name in sorted((*FLAGS, *CERTIFICATES))]
    idle = [f"      --{name}" for name in WITHOUT_EFFECT]
    return "\n".join(["Flags:", *lines, "", "Flags without effect:", *idle])


def values(words: list[str]) -> dict[str, Any]:
    """The API server's settings. CliError names the flag that is wrong."""
    given = goflags.parse(words, KNOWN, SWITCHES)
    found: dict[str, Any] = {"storage": "memory", "internal": "", "port": 6443, "bind": "0.0.0.0"}
    for name, text in given.items():
        if name in FLAGS:
            setting, read = FLAGS[name]
            found[setting] = _read(name, read, text)
    for what in ("enable", "disable"):
        _check_plugins(what, found.get(f"{what}_admission_plugins", []))
    found.setdefault("advertise", "127.0.0.1" if found["bind"] in ("0.0.0.0", "::") else found["bind"])
    return found | _certificates(given)


def _read(name: str, read: Callable[[str], Any], text: str) -> Any:
    try:
        value = read(text)
    except (ValueError, IndexError) as error:
        raise CliError(f'invalid argument "{text}" for "--{name}" flag: {error}') from None
    if isinstance(value, Path) and not value.is_file():
        raise CliError(f"--{name}: open {text}: no such file or directory")
    return value


def _certificates(given: dict[str, str]) -> dict[str, Any]:
    """Where the server's own files are, and what it serves with: the flags' pair, else `apiserver.crt` and
    `.key` of `--cert-dir` when they are there, else a pair that it makes."""
    directory = Path(given.get("cert-dir", CERT_DIR))
    found: dict[str, Any] = {"data_dir": directory / "wherry"}
    own = directory / "apiserver.crt", directory / "apiserver.key"
    if "tls-cert-file" in given or "tls-private-key-file" in given:
        own = Path(given.get("tls-cert-file", "")), Path(given.get("tls-private-key-file", ""))
        if missing := [path for path in own if not path.is_file()]:
            raise CliError(f"--tls-cert-file and --tls-private-key-file: {missing[0]} is no file")
    if all(path.is_file() for path in own):
        found["serving_certificate"] = own
    return found


def _check_plugins(what: str, names: list[str]) -> None:
    from ..apiserver.admission.names import KNOWN as PLUGINS

    if unknown := [name for name in names if name not in PLUGINS]:
        raise CliError(f"{what}-admission-plugins plugin {unknown[0]!r} is unknown")
