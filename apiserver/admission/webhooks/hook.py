"""One webhook of a configuration, read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...callout import Target
from ..matching import Criteria
from .conditions import Conditions

DRY_RUN_SAFE = ("None", "NoneOnDryRun")
DEFAULT_TIMEOUT = 10


@dataclass(frozen=True, slots=True)
class Hook:
    """What asking it takes. `uid` tells it from every other hook, of this and other configurations."""

    name: str
    uid: tuple[str, int]
    configuration: str
    target: Target
    criteria: Criteria
    conditions: Conditions | None
    versions: tuple[str, ...]
    timeout: float
    """Seconds."""
    fails_open: bool
    dry_run: bool
    """Whether it may be asked about a dry run."""
    asks_again: bool
    """reinvocationPolicy IfNeeded."""

    @classmethod
    def of(cls, spec: dict[str, Any], configuration: str, index: int) -> Hook:
        conditions = spec.get("matchConditions")
        return cls(
            name=spec.get("name", ""),
            uid=(configuration, index),
            configuration=configuration,
            target=Target.of(spec.get("clientConfig") or {}),
            criteria=Criteria.of(spec, "rules"),
            conditions=Conditions(conditions) if conditions else None,
            versions=tuple(spec.get("admissionReviewVersions") or ()),
            timeout=spec.get("timeoutSeconds") or DEFAULT_TIMEOUT,
            fails_open=spec.get("failurePolicy") == "Ignore",
            dry_run=spec.get("sideEffects") in DRY_RUN_SAFE,
            asks_again=spec.get("reinvocationPolicy") == "IfNeeded",
        )
