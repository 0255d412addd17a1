"""`--admission-control-config-file`: an AdmissionConfiguration, which holds the configurations of plug-ins or
says in which files they are. PodSecurity is the one that takes one here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from .pod_security import LEVELS, NAME, PREFIX, VERSION, Configuration

Object = dict[str, Any]
GROUP = "apiserver.config.k8s.io/"
POD_SECURITY_GROUP = "pod-security.admission.config.k8s.io/"
MODES = ("enforce", "audit", "warn")
EXEMPTIONS = ("usernames", "runtimeClasses", "namespaces")


def load(path: Path | None) -> Configuration:
    """ValueError, in words for the user, for a file that cannot be used."""
    if path is None:
        return Configuration()
    found = _read(path, GROUP, "AdmissionConfiguration")
    chosen = Configuration()
    for plugin in found.get("plugins") or ():
        name = plugin.get("name", "")
        if name != NAME:
            raise ValueError(f"{path}: plugin {name!r} takes no configuration here, only {NAME} does")
        given = plugin.get("configuration")
        if plugin.get("path"):
            where = path.parent / plugin["path"]
            given = _read(where, POD_SECURITY_GROUP, "PodSecurityConfiguration")
        if given:
            given = _checked(path, given, POD_SECURITY_GROUP, "PodSecurityConfiguration")
            chosen = _pod_security(path, given)
    return chosen


def _read(path: Path, group: str, kind: str) -> Object:
    try:
        found = yaml.safe_load(path.read_text())
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not YAML: {error}") from error
    return _checked(path, found, group, kind)


def _checked(path: Path, found: Any, group: str, kind: str) -> Object:
    if not isinstance(found, dict) or found.get("kind") != kind:
        raise ValueError(f"{path}: not of kind {kind}")
    if not str(found.get("apiVersion", "")).startswith(group):
        raise ValueError(f"{path}: no version of {kind}: {found.get('apiVersion')!r}")
    return found


def _pod_security(path: Path, given: Object) -> Configuration:
    defaults = {str(name): str(value) for name, value in (given.get("defaults") or {}).items()}
    for name, value in defaults.items():
        mode, _, version = name.partition("-")
        fits = VERSION.fullmatch(value) or value == "latest" if version else value in LEVELS
        if mode not in MODES or version not in ("", "version") or not fits:
            raise ValueError(f"{path}: defaults.{name}: Invalid value: {value!r}")
    exemptions = given.get("exemptions") or {}
    unknown = exemptions.keys() - {*EXEMPTIONS}
    if unknown:
        raise ValueError(f"{path}: exemptions.{min(unknown)}: unknown field")
    return Configuration(
        {PREFIX + name: value for name, value in defaults.items()},
        *(frozenset(exemptions.get(kind) or ()) for kind in EXEMPTIONS),
    )
