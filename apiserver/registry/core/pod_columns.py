"""Columns of pods and of what is made of them. Texts are those clients see in `columnDefinitions`."""

from __future__ import annotations

from ..printing import CONTAINERS, IMAGES
from ..resource import AGE, NAME, Column

PODTEMPLATES = (
    NAME,
    CONTAINERS._replace(priority=0),
    IMAGES._replace(priority=0),
    Column("Pod Labels", "string", "", "The labels for the pod template."),
)

PODS = (
    NAME,
    Column("Ready", "string", "", "The aggregate readiness state of this pod for accepting traffic."),
    Column("Status", "string", "", "The aggregate status of the containers in this pod."),
    Column(
        "Restarts",
        "string",
        "",
        (
            "The number of times the containers in this pod have been restarted and when the last "
            "container in this pod has restarted."
        ),
    ),
    AGE,
    Column(
        "IP",
        "string",
        "",
        (
            "podIP address allocated to the pod. Routable at least within the cluster. Empty if not yet "
            "allocated."
        ),
        1,
    ),
    Column(
        "Node",
        "string",
        "",
        (
            "NodeName indicates in which node this pod is scheduled. If empty, this pod is a candidate "
            "for scheduling by the scheduler defined in schedulerName. Once this field is set, the "
            "kubelet for this node becomes responsible for the lifecycle of this pod. This field should "
            "not be used to express a desire for the pod to be scheduled on a specific node. "
            "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename"
        ),
        1,
    ),
    Column(
        "Nominated Node",
        "string",
        "",
        (
            "nominatedNodeName is set only when this pod preempts other pods on the node, but it cannot "
            "be scheduled right away as preemption victims receive their graceful termination periods. "
            "This field does not guarantee that the pod will be scheduled on this node. Scheduler may "
            "decide to place the pod elsewhere if other nodes become available sooner. Scheduler may "
            "also decide to give the resources on this node to a higher priority pod that is created "
            "after preemption. As a result, this field may be different than PodSpec.nodeName when the "
            "pod is scheduled."
        ),
        1,
    ),
    Column(
        "Readiness Gates",
        "string",
        "",
        (
            "If specified, all readiness gates will be evaluated for pod readiness. A pod is ready when "
            "all its containers are ready AND all conditions specified in the readiness gates have "
            'status equal to "True" More info: '
            "https://git.k8s.io/enhancements/keps/sig-network/580-pod-readiness-gates"
        ),
        1,
    ),
)

REPLICATIONCONTROLLERS = (
    NAME,
    Column(
        "Desired",
        "integer",
        "",
        (
            "Replicas is the number of desired replicas. This is a pointer to distinguish between "
            "explicit zero and unspecified. Defaults to 1. More info: "
            "https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller"
        ),
    ),
    Column(
        "Current",
        "integer",
        "",
        (
            "Replicas is the most recently observed number of replicas. More info: "
            "https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller"
        ),
    ),
    Column("Ready", "integer", "", "The number of ready replicas for this replication controller."),
    AGE,
    CONTAINERS,
    IMAGES,
    Column(
        "Selector",
        "string",
        "",
        (
            "Selector is a label query over pods that should match the Replicas count. If Selector is "
            "empty, it is defaulted to the labels present on the Pod template. Label keys and values "
            "that must match in order to be controlled by this replication controller, if empty "
            "defaulted to labels on Pod template. More info: "
            "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors"
        ),
        1,
    ),
)
