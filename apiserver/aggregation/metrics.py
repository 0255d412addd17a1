"""`aggregator_unavailable_apiservice…`: which APIServices cannot be used, and how often that came about."""

from __future__ import annotations

from collections import Counter

from ...apimachinery import exposition
from .services import ApiServices

GAUGE = "aggregator_unavailable_apiservice"
TOTAL = f"{GAUGE}_total"


class Metrics:
    """Counts transitions to unavailable, by APIService and reason."""

    def __init__(self, services: ApiServices) -> None:
        self._services = services
        self._lost: Counter[tuple[str, str]] = Counter()

    def lost(self, name: str, reason: str) -> None:
        self._lost[name, reason] += 1

    def render(self) -> str:
        lines = exposition.head(GAUGE, "gauge", "APIServices that are not available.")
        lines += [
            f'{GAUGE}{{name="{service.name}"}} {int(not service.available)}'
            for _, service in sorted(self._services.all.items())
        ]
        lines += exposition.head(TOTAL, "counter", "Times that APIServices became unavailable.")
        lines += [
            f'{TOTAL}{{name="{name}",reason="{reason}"}} {count}'
            for (name, reason), count in sorted(self._lost.items())
        ]
        return exposition.document(lines)
