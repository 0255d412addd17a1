"""Where the API is and who we are: read from a kubeconfig file (v1 Config) or given field by field."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from .errors import ConfigError


class ClientConfig(NamedTuple):
    """One server and one identity. `*_data` are PEM texts and win over the files of the same name."""

    server: str
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    token: str = ""
    user_agent: str = "wherry"
    time_scale: float = 1.0
    ca_data: bytes = b""
    cert_data: bytes = b""
    key_data: bytes = b""
    insecure: bool = False
    """Accept any server certificate (`insecure-skip-tls-verify`)."""
    server_name: str = ""
    """Name to expect in the server's certificate when not the address's own (`tls-server-name`)."""

    @classmethod
    def from_kubeconfig(
        cls, path: str | Path, user_agent: str = "wherry", *, context: str = "", time_scale: float = 1.0
    ) -> ClientConfig:
        """The cluster and user of `context`, by default the current one. ConfigError says what is missing."""
        file = Path(path)
        config = _load(file)
        context_name = context or config.get("current-context") or ""
        chosen = _named(config, "contexts", "context", context_name, file)
        cluster = _named(config, "clusters", "cluster", chosen.get("cluster", ""), file)
        user = _named(config, "users", "user", chosen["user"], file) if chosen.get("user") else {}
        if not cluster.get("server"):
            raise ConfigError(f"{file}: cluster {chosen.get('cluster')!r} has no server")
        return cls(
            server=str(cluster["server"]).rstrip("/"),
            ca_file=_path(file, cluster.get("certificate-authority")),
            cert_file=_path(file, user.get("client-certificate")),
            key_file=_path(file, user.get("client-key")),
            token=_token(file, user),
            user_agent=user_agent,
            time_scale=time_scale,
            ca_data=_data(file, cluster, "certificate-authority-data"),
            cert_data=_data(file, user, "client-certificate-data"),
            key_data=_data(file, user, "client-key-data"),
            insecure=bool(cluster.get("insecure-skip-tls-verify")),
            server_name=cluster.get("tls-server-name") or "",
        )


def _load(file: Path) -> dict[str, Any]:
    try:
        value = yaml.safe_load(file.read_text())
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or error}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{file}: not YAML: {error}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{file}: not a kubeconfig")
    return value


def _named(config: dict[str, Any], section: str, field: str, name: str, file: Path) -> dict[str, Any]:
    for entry in config.get(section) or ():
        if entry.get("name") == name:
            return dict(entry.get(field) or {})
    raise ConfigError(f"{file}: no {field} named {name!r}")


def _path(file: Path, value: str | None) -> str:
    """A file the kubeconfig names; a relative one is looked up beside the kubeconfig, as kubectl does."""
    return str(file.parent / value) if value else ""


def _data(file: Path, section: dict[str, Any], field: str) -> bytes:
    try:
        return base64.b64decode(section.get(field) or "", validate=True)
    except binascii.Error as error:
        raise ConfigError(f"{file}: {field} is not base64") from error


def _token(file: Path, user: dict[str, Any]) -> str:
    if user.get("tokenFile"):
        return Path(_path(file, user["tokenFile"])).read_text().strip()
    return user.get("token") or ""
