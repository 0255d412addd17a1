"""A pod that starts again as a whole, in place: the RestartAllContainers action of `restartPolicyRules`.

Source: KEP-5532; kubelet's condition for it.
"""

from __future__ import annotations

from typing import Any

from .records import RESTART_ALL, Record, action, waiting
from .status import phase

Object = dict[str, Any]
CONDITION = "AllContainersRestarting"


class Renewal:
    """Of one pod. Its containers are ended without hooks or grace; then all begin anew, the init containers
    too."""

    def __init__(self) -> None:
        self.under_way = False

    def begin(self, ended: Record, code: int, records: list[Record]) -> list[Record]:
        """Those to end, if `ended` asks for the renewal by its exit code."""
        if self.under_way or action(ended, code) != RESTART_ALL:
            return []
        self.under_way = True
        return self.due(records)

    def due(self, records: list[Record]) -> list[Record]:
        """Those that are still to end: one may have been about to start when the renewal began."""
        for record in records:
            record.renewing = record.attempt >= 0
        return [record for record in records if record.running]

    def finish(self, records: list[Record]) -> bool:
        """Whether the pod may go on; once nothing runs, everybody waits for his turn."""
        if self.under_way and not any(record.running for record in records):
            self.under_way = False
            reason = "PodInitializing" if any(r.init for r in records) else "ContainerCreating"
            for record in records:
                if record.renewing:
                    record.last_state, record.state = record.state, waiting(reason)
        return not self.under_way

    def conditions(self, pod: Object, records: list[Record]) -> tuple[Object, ...]:
        """None for a pod that never asks for it."""
        spec = pod["spec"]
        containers = [*(spec.get("initContainers") or []), *spec["containers"]]
        rules = [rule for c in containers for rule in c.get("restartPolicyRules") or ()]
        if not any(rule.get("action") == RESTART_ALL for rule in rules):
            return ()
        over = {"Succeeded": "PodCompleted", "Failed": "PodFailed"}.get(phase(pod, records))
        if over:
            return ({"type": CONDITION, "status": "False", "reason": over},)
        return ({"type": CONDITION, "status": "True" if self.under_way else "False"},)
