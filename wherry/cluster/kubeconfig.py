"""Gives the user's kubectl the cluster: a kubeconfig file of its own, or a context merged into the user's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ..errors import CliError
from .paths import DEFAULT_NAME, ClusterPaths


class Published(NamedTuple):
    path: Path
    context: str


def publish(name: str, paths: ClusterPaths, target: Path | None) -> Published:
    """Writes `target`, or merges into the first file of $KUBECONFIG or ~/.kube/config and makes it
    current."""
    own = yaml.safe_load(paths.admin.read_text())
    context = f"wherry-{name}" if name != DEFAULT_NAME else DEFAULT_NAME
    own = renamed(own, context)
    if target is not None:
        _write(target, own)
        return Published(target, context)
    path = user_file()
    _write(path, merge(_read(path), own))
    return Published(path, context)


def user_file() -> Path:
    listed = [part for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return Path(listed[0]) if listed else Path.home() / ".kube" / "config"


def renamed(config: dict[str, Any], name: str) -> dict[str, Any]:
    """The single cluster, user and context of `config` under one name."""
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
        "preferences": {},
    }


def merge(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """`base` with the entries of `own` put in, replacing those of the same name; `own` becomes current."""
    out = {**own, **base}
    for part in ("clusters", "users", "contexts"):
        names = {entry["name"] for entry in own[part]}
        out[part] = [e for e in base.get(part) or [] if e["name"] not in names] + own[part]
    out["current-context"] = own["current-context"]
    return out


def _read(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        return {}
    except yaml.YAMLError as error:
        raise CliError(f"{path} is not a kubeconfig: {error}. Mend it, or pass --kubeconfig FILE.") from None
    return found if isinstance(found, dict) else {}


def _write(path: Path, config: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".wherry")
    draft.touch(0o600)
    draft.write_text(yaml.safe_dump(config, sort_keys=False))
    draft.replace(path)
