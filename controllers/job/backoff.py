"""How long a failed pod's replacement waits: 10 s, doubled by each further failure, at most 10 min."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ...apimachinery.clock import parse_rfc3339
from .. import conditions

Object = dict[str, Any]
FIRST_SECONDS = 10.0
LONGEST_SECONDS = 600.0


class Record(NamedTuple):
    """Failures since the last success, and when the last of them was."""

    failures: int = 0
    last: datetime | None = None

    def after(self, succeeded: Sequence[Object], failed: Sequence[Object]) -> Record:
        """With pods that have ended since."""
        failures = sorted(map(finished_at, failed))
        if not succeeded:
            if not failures:
                return self
            return Record(self.failures + len(failures), failures[-1])
        success = max(map(finished_at, succeeded))
        later = [time for time in failures if time > success]
        return Record(len(later), later[-1]) if later else Record()

    def remaining(self, now: datetime) -> float:
        """Seconds until a pod may be made."""
        if not self.failures or self.last is None:
            return 0.0
        delay = min(FIRST_SECONDS * 2.0 ** min(self.failures - 1, 30), LONGEST_SECONDS)
        return max(0.0, delay - (now - self.last).total_seconds())


def finished_at(pod: Object) -> datetime:
    """When its containers ended; failing that when it stopped being ready, was deleted, was made."""
    status, meta = pod.get("status", {}), pod["metadata"]
    ends: list[str] = [
        ((container.get("state") or {}).get("terminated") or {}).get("finishedAt") or ""
        for container in status.get("containerStatuses") or ()
    ]
    if ends and all(ends):
        return max(parse_rfc3339(end) for end in ends)
    ready = conditions.find(status.get("conditions"), "Ready")
    if ready is not None and ready.get("status") == "False" and ready.get("lastTransitionTime"):
        return parse_rfc3339(ready["lastTransitionTime"])
    if "deletionTimestamp" in meta:
        grace = meta.get("deletionGracePeriodSeconds") or 0
        return parse_rfc3339(meta["deletionTimestamp"]) - timedelta(seconds=grace)
    return parse_rfc3339(meta["creationTimestamp"])
