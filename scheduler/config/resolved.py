"""A profile as it takes effect: every default filled in, every plug-in's arguments read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from .args import Args
from .model import Plugins
from .points import Enabled, expand

A = TypeVar("A", bound=Args)


class Resolved(NamedTuple):
    name: str
    """Pods with this `spec.schedulerName` are its."""
    percentage: int
    """Of nodes to score; 0 for a share that falls as clusters grow."""
    enabled: Enabled
    args: Mapping[str, Args]
    """By plug-in; those that are left out have their defaults."""

    def of(self, plugin: str, kind: type[A]) -> A:
        found = self.args.get(plugin)
        return found if isinstance(found, kind) else kind.model_construct()


def default(name: str = "default-scheduler") -> Resolved:
    """What a profile is of which nothing but the name is known."""
    return Resolved(name, 0, expand(Plugins.model_construct(), name), {})
