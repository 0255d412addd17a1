"""DefaultTolerationSeconds: pods stay five minutes on a node that is not ready or unreachable."""

from __future__ import annotations

from typing import Any

from ..registry.strategy import Object, Reader
from .plugin import WRITES, Attributes, Plugin

SECONDS = 300
KEYS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def _tolerates(tolerations: list[dict[str, Any]], key: str) -> bool:
    return any(
        t.get("key", "") in (key, "") and t.get("effect", "") in ("NoExecute", "") for t in tolerations
    )


def _admit(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    spec = obj["spec"]
    tolerations = spec.get("tolerations") or []
    missing = [
        {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": SECONDS}
        for key in KEYS
        if not _tolerates(tolerations, key)
    ]
    if missing:
        spec["tolerations"] = [*tolerations, *missing]


PLUGIN = Plugin(name="DefaultTolerationSeconds", on={("", "pods"): WRITES}, mutate=_admit)
