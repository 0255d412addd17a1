"""What health checks have found so far: the service level indicators that every component tells."""

from __future__ import annotations

from collections import Counter

from . import exposition

NOW, EVER = "kubernetes_healthcheck", "kubernetes_healthchecks_total"


class Levels:
    """Of one process."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[int, Counter[str]]] = {}

    def note(self, kind: str, name: str, *, well: bool) -> None:
        """`kind` is healthz, livez or readyz."""
        _, counts = self._found.get((kind, name), (0, Counter()))
        counts["success" if well else "error"] += 1
        self._found[kind, name] = int(well), counts

    def render(self) -> str:
        """The exposition text."""
        now = exposition.head(NOW, "gauge", "What checks found last.")
        ever = exposition.head(EVER, "counter", "What checks found so far.")
        for (kind, name), (last, counts) in self._found.items():
            now.append(f"{NOW}{{{exposition.labels((('name', name), ('type', kind)))}}} {last}")
            for status, count in sorted(counts.items()):
                labels = exposition.labels((("name", name), ("status", status), ("type", kind)))
                ever.append(f"{EVER}{{{labels}}} {count}")
        return exposition.document([*now, *ever])
