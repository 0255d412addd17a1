"""Table columns of the apps kinds, as clients of upstream receive them."""

from __future__ import annotations

from ..printing import CONTAINERS, IMAGES
from ..resource import AGE, NAME, Column

CONTROLLERREVISIONS = (
    NAME,
    Column("Controller", "string", "", "Controller of the object"),
    Column("Revision", "string", "", "Revision indicates the revision of the state represented by Data."),
    AGE,
)

DAEMONSETS = (
    NAME,
    Column(
        "Desired",
        "integer",
        "",
        (
            "The total number of nodes that should be running the daemon pod (including nodes "
            "correctly running the daemon pod). More info: "
            "https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/"
        ),
    ),
    Column(
        "Current",
        "integer",
        "",
        (
            "The number of nodes that are running at least 1 daemon pod and are supposed to run the "
            "daemon pod. More info: "
            "https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/"
        ),
    ),
    Column(
        "Ready",
        "integer",
        "",
        (
            "numberReady is the number of nodes that should be running the daemon pod and have one "
            "or more of the daemon pod running with a Ready Condition."
        ),
    ),
    Column("Up-to-date", "integer", "", "The total number of nodes that are running updated daemon pod"),
    Column(
        "Available",
        "integer",
        "",
        (
            "The number of nodes that should be running the daemon pod and have one or more of the "
            "daemon pod running and available (ready for at least spec.minReadySeconds)"
        ),
    ),
    Column(
        "Node Selector",
        "string",
        "",
        (
            "NodeSelector is a selector which must be true for the pod to fit on a node. Selector "
            "which must match a node's labels for the pod to be scheduled on that node. More info: "
            "https://kubernetes.io/docs/concepts/configuration/assign-pod-node/"
        ),
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    Column(
        "Selector",
        "string",
        "",
        (
            "A label query over pods that are managed by the daemon set. Must match in order to be "
            "controlled. It must match the pod template's labels. More info: "
            "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors"
            ""
        ),
        1,
    ),
)

DEPLOYMENTS = (
    NAME,
    Column("Ready", "string", "", "Number of the pod with ready state"),
    Column(
        "Up-to-date",
        "string",
        "",
        (
            "Total number of non-terminating pods targeted by this deployment that have the desired "
            "template spec."
        ),
    ),
    Column(
        "Available",
        "string",
        "",
        (
            "Total number of available non-terminating pods (ready for at least minReadySeconds) "
            "targeted by this deployment."
        ),
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    Column(
        "Selector",
        "string",
        "",
        (
            "Label selector for pods. Existing ReplicaSets whose pods are selected by this will be "
            "the ones affected by this deployment. It must match the pod template's labels."
        ),
        1,
    ),
)

REPLICASETS = (
    NAME,
    Column(
        "Desired",
        "integer",
        "",
        (
            "Replicas is the number of desired pods. This is a pointer to distinguish between "
            "explicit zero and unspecified. Defaults to 1. More info: "
            "https://kubernetes.io/docs/concepts/workloads/controllers/replicaset"
        ),
    ),
    Column(
        "Current",
        "integer",
        "",
        (
            "Replicas is the most recently observed number of non-terminating pods. More info: "
            "https://kubernetes.io/docs/concepts/workloads/controllers/replicaset"
        ),
    ),
    Column(
        "Ready",
        "integer",
        "",
        ("The number of non-terminating pods targeted by this ReplicaSet with a Ready Condition."),
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    Column(
        "Selector",
        "string",
        "",
        (
            "Selector is a label query over pods that should match the replica count. Label keys and "
            "values that must match in order to be controlled by this replica set. It must match the "
            "pod template's labels. More info: "
            "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors"
            ""
        ),
        1,
    ),
)

STATEFULSETS = (
    NAME,
    Column("Ready", "string", "", "Number of the pod with ready state"),
    AGE,
    CONTAINERS,
    IMAGES,
)
