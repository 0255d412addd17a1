"""Table columns of the core kinds, as clients of upstream receive them."""

from __future__ import annotations

from ..resource import AGE, NAME, Column

_NODE_ADDRESSES = (
    "List of addresses reachable to the node. Queried from cloud provider, if available. More info: "
    "https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field is declared as "
    "mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it "
    "is merged. Callers should instead use a full-replacement patch. See https://pr.k8s.io/79391 for an "
    "example. Consumers should assume that addresses can change during the lifetime of a Node. However, "
    "there are some exceptions where this may not be possible, such as Pods that inherit a Node's "
    "address in its own status or consumers of the downward API (status.hostIP)."
)

CONFIGMAPS = (
    NAME,
    Column(
        "Data",
        "string",
        "",
        (
            "Data contains the configuration data. Each key must consist of alphanumeric characters, "
            "'-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The "
            "keys stored in Data must not overlap with the keys in the BinaryData field, this is "
            "enforced during validation process."
        ),
    ),
    AGE,
)

SECRETS = (
    NAME,
    Column(
        "Type",
        "string",
        "",
        (
            "Used to facilitate programmatic handling of secret data. More info: "
            "https://kubernetes.io/docs/concepts/configuration/secret/#secret-types"
        ),
    ),
    Column(
        "Data",
        "string",
        "",
        (
            "Data contains the secret data. Each key must consist of alphanumeric characters, '-', '_' "
            "or '.'. The serialized form of the secret data is a base64 encoded string, representing "
            "the arbitrary (possibly non-string) data value here. Described in "
            "https://tools.ietf.org/html/rfc4648#section-4"
        ),
    ),
    AGE,
)

SERVICES = (
    NAME,
    Column(
        "Type",
        "string",
        "",
        (
            "type determines how the Service is exposed. Defaults to ClusterIP. Valid options are "
            'ExternalName, ClusterIP, NodePort, and LoadBalancer. "ClusterIP" allocates a '
            "cluster-internal IP address for load-balancing to endpoints. Endpoints are determined by "
            "the selector or if that is not specified, by manual construction of an Endpoints object or "
            'EndpointSlice objects. If clusterIP is "None", no virtual IP is allocated and the '
            'endpoints are published as a set of endpoints rather than a virtual IP. "NodePort" '
            "builds on ClusterIP and allocates a port on every node which routes to the same endpoints "
            'as the clusterIP. "LoadBalancer" builds on NodePort and creates an external '
            "load-balancer (if supported in the current cloud) which routes to the same endpoints as "
            'the clusterIP. "ExternalName" aliases this service to the specified externalName. '
            "Several other fields do not apply to ExternalName services. More info: "
            "https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types"
        ),
    ),
    Column(
        "Cluster-IP",
        "string",
        "",
        (
            "clusterIP is the IP address of the service and is usually assigned randomly. If an address "
            "is specified manually, is in-range (as per system configuration), and is not in use, it "
            "will be allocated to the service; otherwise creation of the service will fail. This field "
            "may not be changed through updates unless the type field is also being changed to "
            "ExternalName (which requires this field to be blank) or the type field is being changed "
            "from ExternalName (in which case this field may optionally be specified, as describe "
            'above).  Valid values are "None", empty string (""), or a valid IP address. Setting '
            'this to "None" makes a "headless service" (no virtual IP), which is useful when direct '
            "endpoint connections are preferred and proxying is not required.  Only applies to types "
            "ClusterIP, NodePort, and LoadBalancer. If this field is specified when creating a Service "
            "of type ExternalName, creation will fail. This field will be wiped when updating a Service "
            "to type ExternalName. More info: "
            "https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies"
        ),
    ),
    Column(
        "External-IP",
        "string",
        "",
        (
            "externalIPs is a list of IP addresses for which nodes in the cluster will also accept "
            "traffic for this service.  These IPs are not managed by Kubernetes.  The user is "
            "responsible for ensuring that traffic arrives at a node with this IP.  A common example is "
            "external load-balancers that are not part of the Kubernetes system."
        ),
    ),
    Column(
        "Port(s)",
        "string",
        "",
        (
            "The list of ports that are exposed by this service. More info: "
            "https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies"
        ),
    ),
    AGE,
    Column(
        "Selector",
        "string",
        "",
        (
            "Route service traffic to pods with label keys and values matching this selector. If empty "
            "or not present, the service is assumed to have an external process managing its endpoints, "
            "which Kubernetes will not modify. Only applies to types ClusterIP, NodePort, and "
            "LoadBalancer. Ignored if type is ExternalName. More info: "
            "https://kubernetes.io/docs/concepts/services-networking/service/"
        ),
        1,
    ),
)

SERVICEACCOUNTS = (
    NAME,
    AGE,
)

LIMITRANGES = (
    NAME,
    AGE._replace(name="Created At", type="date"),
)

RESOURCEQUOTAS = (
    NAME,
    Column(
        "Request",
        "string",
        "",
        "Request represents a minimum amount of cpu/memory that a container may consume.",
    ),
    Column(
        "Limit",
        "string",
        "",
        (
            "Limits control the maximum amount of cpu/memory that a container may use independent of "
            "contention on the node."
        ),
    ),
    AGE,
)

ENDPOINTS = (
    NAME,
    Column(
        "Endpoints",
        "string",
        "",
        (
            "The set of all endpoints is the union of all subsets. Addresses are placed into subsets "
            "according to the IPs they share. A single address with multiple ports, some of which are "
            "ready and some of which are not (because they come from different containers) will result "
            "in the address being displayed in different subsets for the different ports. No address "
            "will appear in both Addresses and NotReadyAddresses in the same subset. Sets of addresses "
            "and ports that comprise a service."
        ),
    ),
    AGE,
)

NAMESPACES = (
    NAME,
    Column("Status", "string", "", "The status of the namespace"),
    AGE,
)

NODES = (
    NAME,
    Column("Status", "string", "", "The status of the node"),
    Column("Roles", "string", "", "The roles of the node"),
    AGE,
    Column("Version", "string", "", "Kubelet Version reported by the node."),
    Column("Internal-IP", "string", "", _NODE_ADDRESSES, 1),
    Column("External-IP", "string", "", _NODE_ADDRESSES, 1),
    Column(
        "OS-Image",
        "string",
        "",
        "OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).",
        1,
    ),
    Column(
        "Kernel-Version",
        "string",
        "",
        "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).",
        1,
    ),
    Column(
        "Container-Runtime",
        "string",
        "",
        (
            "ContainerRuntime Version reported by the node through runtime remote API (e.g. "
            "containerd://1.4.2)."
        ),
        1,
    ),
)

EVENTS = (
    Column(
        "Last Seen",
        "string",
        "",
        "The time at which the most recent occurrence of this event was recorded.",
    ),
    Column(
        "Type",
        "string",
        "",
        "Type of this event (Normal, Warning), new types could be added in the future",
    ),
    Column(
        "Reason",
        "string",
        "",
        (
            "This should be a short, machine understandable string that gives the reason for the "
            "transition into the object's current status."
        ),
    ),
    Column("Object", "string", "", "The object that this event is about."),
    Column(
        "Subobject",
        "string",
        "",
        (
            "If referring to a piece of an object instead of an entire object, this string should "
            "contain a valid JSON/Go field access statement, such as "
            "desiredState.manifest.containers[2]. For example, if the object reference is to a "
            'container within a pod, this would take on a value like: "spec.containers{name}" (where '
            '"name" refers to the name of the container that triggered the event) or if no container '
            'name is specified "spec.containers[2]" (container with index 2 in this pod). This syntax '
            "is chosen only to have some well-defined way of referencing a part of an object."
        ),
        1,
    ),
    Column(
        "Source",
        "string",
        "",
        "The component reporting this event. Should be a short machine understandable string.",
        1,
    ),
    Column("Message", "string", "", "A human-readable description of the status of this operation."),
    Column(
        "First Seen",
        "string",
        "",
        "The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)",
        1,
    ),
    Column("Count", "string", "", "The number of times this event has occurred.", 1),
    NAME._replace(priority=1),
)

COMPONENTSTATUSES = (
    NAME,
    Column("Status", "string", "", "Status of the component conditions"),
    Column("Message", "string", "", "Message of the component conditions"),
    Column("Error", "string", "", "Error of the component conditions"),
)
