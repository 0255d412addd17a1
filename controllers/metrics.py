"""What the controllers count, under upstream's names. Durations are seconds of cluster time."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from ..client.tally import Counts, Distributions


def _growing(first: float, factor: float, count: int) -> list[float]:
    return [first * factor**i for i in range(count)]


RUNNING = Gauge("running_managed_controllers", "1 for a controller that runs", ["name", "manager"])

DELETION_AGE = Histogram(
    "replicaset_controller_sorting_deletion_age_ratio",
    "Age of a deleted pod in ages of the youngest pod of its ReplicaSet",
    buckets=_growing(0.25, 2, 6),
)

JOB_SYNCS = Counter("job_controller_job_syncs", "Syncs of Jobs", ["completion_mode", "result", "action"])
JOB_SYNC_SECONDS = Histogram(
    "job_controller_job_sync_duration_seconds",
    "Seconds that a sync of a Job took",
    ["completion_mode", "result", "action"],
    buckets=_growing(0.004, 2, 15),
)
JOBS_FINISHED = Counter(
    "job_controller_jobs_finished", "Jobs that ended", ["completion_mode", "result", "reason"]
)
JOB_PODS_FINISHED = Counter(
    "job_controller_job_pods_finished",
    "Pods of Jobs that ended and are counted",
    ["completion_mode", "result"],
)
JOB_PODS_CREATED = Counter(
    "job_controller_job_pods_creation", "Pods made for Jobs, and why", ["reason", "status"]
)
JOB_INDEXES = Counter("job_controller_job_finished_indexes", "Indexes that ended", ["status", "backoffLimit"])
FAILURE_POLICY = Counter(
    "job_controller_pod_failures_handled_by_failure_policy",
    "Failed pods that a pod failure policy decided on",
    ["action"],
)
TRACKED_PODS = Counter(
    "job_controller_terminated_pods_tracking_finalizer",
    "Ended pods that got (add) and lost (delete) their finalizer: the difference waits to be counted",
    ["event"],
)
EXTERNAL_JOBS = Counter(
    "job_controller_jobs_by_external_controller", "Jobs that others manage", ["controller_name"]
)
CRON_SKEW = Histogram(
    "cronjob_controller_job_creation_skew_duration_seconds",
    "Seconds from when a Job was due to when it was made",
    buckets=_growing(1, 2, 10),
)
TTL_SECONDS = Histogram(
    "ttl_after_finished_controller_job_deletion_duration_seconds",
    "Seconds from when a finished Job was due to go to its deletion",
    buckets=_growing(0.1, 2, 14),
)

AUTOSCALER_ROUNDS = Counter(
    "horizontal_pod_autoscaler_controller_reconciliations", "Rounds of autoscalers", ["action", "error"]
)
AUTOSCALER_SECONDS = Histogram(
    "horizontal_pod_autoscaler_controller_reconciliation_duration_seconds",
    "Seconds that a round of an autoscaler took",
    ["action", "error"],
    buckets=_growing(0.001, 2, 15),
)
AUTOSCALER_METRICS = Counter(
    "horizontal_pod_autoscaler_controller_metric_computation",
    "Metrics of autoscalers that were looked at",
    ["action", "error", "metric_type"],
)
AUTOSCALER_METRIC_SECONDS = Histogram(
    "horizontal_pod_autoscaler_controller_metric_computation_duration_seconds",
    "Seconds that a metric of an autoscaler took",
    ["action", "error", "metric_type"],
    buckets=_growing(0.001, 2, 15),
)
AUTOSCALERS = Gauge(
    "horizontal_pod_autoscaler_controller_num_horizontal_pod_autoscalers", "Autoscalers there are"
)

NODE_EVICTIONS = Counter(
    "node_collector_evictions", "Nodes whose pods were told to go since this process started", ["zone"]
)
ZONE_SIZE = Gauge("node_collector_zone_size", "Nodes of a zone", ["zone"])
ZONE_HEALTH = Gauge("node_collector_zone_health", "Percentage of healthy nodes of a zone", ["zone"])
UNHEALTHY_NODES = Gauge(
    "node_collector_unhealthy_nodes_in_zone", "Nodes of a zone that are not ready", ["zone"]
)

GARBAGE_SYNC_ERRORS = Counter(
    "garbagecollector_controller_resources_sync_error", "Times that the kinds served could not be learned"
)
ROOT_CA_SYNCS = Counter("root_ca_cert_publisher_sync", "Namespaces looked at, by the answer's code", ["code"])
ROOT_CA_SECONDS = Histogram(
    "root_ca_cert_publisher_sync_duration_seconds",
    "Seconds that a namespace took",
    ["code"],
    buckets=_growing(0.001, 2, 15),
)

SLICE_SYNCS = Counts("endpoint_slice_controller_syncs", "Services looked at", ("result",))
SLICES_CHANGED = Distributions(
    "endpoint_slice_controller_endpointslices_changed_per_sync",
    "Slices written for a Service at a time",
    ("topology", "traffic_distribution"),
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
MIRRORED_SECONDS = Distributions(
    "endpoint_slice_mirroring_controller_endpoints_sync_duration",
    "Seconds that Endpoints took",
    (),
    _growing(0.001, 2, 15),
)
ADDRESSES_SKIPPED = Distributions(
    "endpoint_slice_mirroring_controller_addresses_skipped_per_sync",
    "Addresses that were too many to be mirrored",
    (),
    _growing(2, 2, 15),
)


class SliceMetrics:
    """What both controllers of EndpointSlices tell under a prefix of their own."""

    def __init__(self, prefix: str) -> None:
        growing = _growing(2, 2, 15)
        self.changes = Counts(f"{prefix}_changes", "EndpointSlices written", ("operation",))
        self.slices = Gauge(f"{prefix}_num_endpoint_slices", "Slices there are")
        self.wanted = Gauge(f"{prefix}_desired_endpoint_slices", "Slices there would be if all were full")
        self.endpoints = Gauge(f"{prefix}_endpoints_desired", "Endpoints there are")
        self.added = Distributions(
            f"{prefix}_endpoints_added_per_sync", "Endpoints that came at a time", (), growing
        )
        self.removed = Distributions(
            f"{prefix}_endpoints_removed_per_sync", "Endpoints that went at a time", (), growing
        )


OF_SERVICES = SliceMetrics("endpoint_slice_controller")
MIRRORED = SliceMetrics("endpoint_slice_mirroring_controller")

_EVICTION_BUCKETS = (0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 30, 60, 120, 180, 240)
EVICTED = Counter("taint_eviction_controller_pod_deletions", "Pods deleted for the taints of their nodes")
EVICTION_SECONDS = Histogram(
    "taint_eviction_controller_pod_deletion_duration_seconds",
    "Seconds from when a pod was to go to its deletion",
    buckets=_EVICTION_BUCKETS,
)
DEVICE_EVICTED = Counter(
    "device_taint_eviction_controller_pod_deletions", "Pods deleted for the taints of their devices"
)
DEVICE_EVICTION_SECONDS = Histogram(
    "device_taint_eviction_controller_pod_deletion_duration_seconds",
    "Seconds from when a pod was to go to its deletion",
    buckets=_EVICTION_BUCKETS,
)
COLLECTED_PODS = Counter(
    "pod_gc_collector_force_delete_pods", "Pods removed, and why", ["namespace", "reason"]
)
COLLECTION_ERRORS = Counter(
    "pod_gc_collector_force_delete_pod_errors",
    "Pods that could not be removed",
    ["namespace", "reason"],
)
CLAIMS_MADE = Counter(
    "resourceclaim_controller_creates", "ResourceClaims made from templates", ["status", "admin_access"]
)
