"""What the metrics say of autoscalers."""

from __future__ import annotations

from .. import metrics


def action(before: int, after: int) -> str:
    return "none" if after == before else "scale_up" if after > before else "scale_down"


def computed(action: str, error: str, kind: str, seconds: float) -> None:
    """One metric was looked at. `error`: none, spec or internal."""
    metrics.AUTOSCALER_METRICS.labels(action, error, kind).inc()
    metrics.AUTOSCALER_METRIC_SECONDS.labels(action, error, kind).observe(seconds)


def reconciled(action: str, error: str, seconds: float) -> None:
    metrics.AUTOSCALER_ROUNDS.labels(action, error).inc()
    metrics.AUTOSCALER_SECONDS.labels(action, error).observe(seconds)
