"""What the scheduler counts, under upstream's names."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from ..client.tally import Distributions


def _doubling(first: float, count: int) -> list[float]:
    return [first * 2**i for i in range(count)]


ATTEMPTS = Counter(
    "scheduler_schedule_attempts", "Attempts to schedule pods, by result", ["result", "profile"]
)
ATTEMPT_SECONDS = Histogram(
    "scheduler_scheduling_attempt_duration_seconds",
    "Seconds an attempt took, binding included",
    ["result", "profile"],
    buckets=_doubling(0.001, 15),
)
ALGORITHM_SECONDS = Histogram(
    "scheduler_scheduling_algorithm_duration_seconds", "Seconds to find a node", buckets=_doubling(0.001, 15)
)
POD_ATTEMPTS = Histogram(
    "scheduler_pod_scheduling_attempts",
    "Attempts that it took to schedule a pod",
    buckets=_doubling(1, 5),
)
POD_SECONDS = Histogram(
    "scheduler_pod_scheduling_sli_duration_seconds",
    "Seconds from a pod's coming to its being scheduled, by attempts",
    ["attempts"],
    buckets=_doubling(0.01, 20),
)
POINT_SECONDS = Distributions(
    "scheduler_framework_extension_point_duration_seconds",
    "Seconds that all plug-ins of an extension point took for a pod",
    ("extension_point", "status", "profile"),
    _doubling(0.0001, 12),
)
PLUGIN_SECONDS = Distributions(
    "scheduler_plugin_execution_duration_seconds",
    "Seconds that a plug-in took for a pod and a node",
    ("plugin", "extension_point", "status"),
    [0.00001 * 1.5**i for i in range(20)],
)
PREEMPTIONS = Counter("scheduler_preemption_attempts", "Preemptions")
VICTIMS = Histogram("scheduler_preemption_victims", "Pods preempted at a time", buckets=_doubling(1, 7))
PENDING = Gauge("scheduler_pending_pods", "Pods waiting to be scheduled", ["queue"])
INCOMING = Counter(
    "scheduler_queue_incoming_pods",
    "Pods that entered a queue, by what brought them there",
    ["queue", "event"],
)
UNSCHEDULABLE = Gauge(
    "scheduler_unschedulable_pods", "Pods that wait, by who refused them last", ["plugin", "profile"]
)
CACHE_SIZE = Gauge("scheduler_cache_size", "Nodes and pods held in memory", ["type"])
GOROUTINES = Gauge("scheduler_goroutines", "Work that is under way, by what it is", ["operation"])
