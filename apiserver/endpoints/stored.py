"""How much is stored, for `/metrics`: objects by resource, and the data file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .scope import Scope

OBJECTS, OLD, SIZE = "apiserver_resource_objects", "apiserver_storage_objects", "apiserver_storage_size_bytes"


def render(stored: Mapping[tuple[str, str], Scope], size: Callable[[], int]) -> str:
    """`stored` by group and plural; `size` tells the bytes of the data file, 0 for none."""
    counts = [(group, plural, scope.cache.count) for (group, plural), scope in sorted(stored.items())]
    lines = [f"# HELP {OBJECTS} Objects stored.", f"# TYPE {OBJECTS} gauge"]
    lines += [f'{OBJECTS}{{group="{group}",resource="{plural}"}} {n}' for group, plural, n in counts]
    lines += [f"# HELP {OLD} Objects stored.", f"# TYPE {OLD} gauge"]
    lines += [f'{OLD}{{resource="{plural}{"." * bool(group)}{group}"}} {n}' for group, plural, n in counts]
    lines += [f"# HELP {SIZE} Bytes of the data file.", f"# TYPE {SIZE} gauge"]
    lines.append(f'{SIZE}{{storage_cluster_id="local"}} {size()}')
    return "\n".join(lines) + "\n"
