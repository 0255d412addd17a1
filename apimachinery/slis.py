"""What health checks have found so far: the service level indicators that every component tells."""

from __future__ import annotations

from collections import Counter


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
        now = ["# HELP kubernetes_healthcheck What checks found last.", "# TYPE kubernetes_healthcheck gauge"]
        ever = [
            "# HELP kubernetes_healthchecks_total What checks found so far.",
            "# TYPE kubernetes_healthchecks_total counter",
        ]
        for (kind, name), (last, counts) in self._found.items():
            now.append(f'kubernetes_healthcheck{{name="{name}",type="{kind}"}} {last}')
            for status, count in sorted(counts.items()):
                labels = f'name="{name}",status="{status}",type="{kind}"'
                ever.append(f"kubernetes_healthchecks_total{{{labels}}} {count}")
        return "\n".join([*now, *ever]) + "\n"
