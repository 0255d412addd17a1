"""Every built-in resource, collected from the kind files: a new kind is one new file."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from .resource import Resource

NOT_GROUPS = frozenset({"validation", "defaults"})


@cache
def resources() -> tuple[Resource, ...]:
    """All `RESOURCES` of `registry/<group>/<kind>.py`, in file order."""
    from .. import registry

    found: list[Resource] = []
    for group in pkgutil.iter_modules(registry.__path__):
        if not group.ispkg or group.name in NOT_GROUPS:
            continue
        package = importlib.import_module(f"{registry.__name__}.{group.name}")
        for kind in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{kind.name}")
            found += getattr(module, "RESOURCES", ())
    return tuple(found)
