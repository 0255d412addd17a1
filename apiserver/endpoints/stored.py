"""How much is stored, for `/metrics`: objects by resource, and the data file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...apimachinery import exposition
from .scope import Scope

OBJECTS, OLD, SIZE = "apiserver_resource_objects", "apiserver_storage_objects", "apiserver_storage_size_bytes"


def render(stored: Mapping[tuple[str, str], Scope], size: Callable[[], int]) -> str:
    """`stored` by group and plural; `size` tells the bytes of the data file, 0 for none."""
    counts = [(group, plural, scope.cache.count) for (group, plural), scope in sorted(stored.items())]
    lines = exposition.head(OBJECTS, "gauge", "Objects stored.")
    lines += [f'{OBJECTS}{{group="{group}",resource="{plural}"}} {n}' for group, plural, n in counts]
    lines += exposition.head(OLD, "gauge", "Objects stored.")
    lines += [f'{OLD}{{resource="{plural}{"." * bool(group)}{group}"}} {n}' for group, plural, n in counts]
    lines += exposition.head(SIZE, "gauge", "Bytes of the data file.")
    lines.append(f'{SIZE}{{storage_cluster_id="local"}} {size()}')
    return exposition.document(lines)
