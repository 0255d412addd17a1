"""The front door: command line, local supervisor, Python API and pytest plug-in.

Everything else is a room behind it; this package may import all of them and none may import it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import AsyncCluster, Cluster

__all__ = ["AsyncCluster", "Cluster"]


def __getattr__(name: str) -> Any:
    """Loads the Python API when it is first used: the components do not need it."""
    if name in __all__:
        from . import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
