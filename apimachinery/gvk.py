"""Names of groups, versions, kinds and resources."""

from __future__ import annotations

import re
from typing import NamedTuple

_KUBE_AWARE = re.compile(r"v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?")
_STABILITY = {None: 2, "beta": 1, "alpha": 0}


class GroupVersion(NamedTuple):
    group: str
    version: str

    @property
    def api_version(self) -> str:
        """`apps/v1`, or `v1` for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version


class GroupVersionKind(NamedTuple):
    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


class GroupVersionResource(NamedTuple):
    """What a client addresses; `namespaced` says whether the path carries a namespace."""

    group: str
    version: str
    resource: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def prefix(self) -> str:
        """`/api/v1` or `/apis/apps/v1`."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"


def parse_group_version(api_version: str) -> GroupVersion:
    """The parts of an `apiVersion`; ValueError when it has more than one slash."""
    group, slash, version = api_version.partition("/")
    if not slash:
        return GroupVersion("", api_version)
    if "/" in version:
        raise ValueError(f"unexpected GroupVersion string: {api_version}")
    return GroupVersion(group, version)


def version_rank(version: str) -> tuple[int, int, int, int, tuple[int, ...]]:
    """Orders versions as Kubernetes prefers them: v2 over v1 over v2beta1 over v1alpha1 over other names, of
    which the first by name is preferred. The greatest is the preferred one."""
    found = _KUBE_AWARE.fullmatch(version)
    if found is None:
        # No continuation of a name may outrank the name itself.
        return (0, 0, 0, 0, (*(-ord(char) for char in version), 1))
    major, stability, minor = found.groups()
    return (1, _STABILITY[stability], int(major), int(minor or 0), ())
