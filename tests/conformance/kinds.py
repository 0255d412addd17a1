"""One small valid object of each kind whose life the conformance tests run through."""

from __future__ import annotations

from typing import Any, NamedTuple

Object = dict[str, Any]


class Kind(NamedTuple):
    """`version` is group/version, "v1" for the core group; `status` what a patch of its status subresource
    may say, None when it has none."""

    version: str
    plural: str
    namespaced: bool
    body: Object
    status: Object | None = None

    def path(self, namespace: str = "") -> str:
        base = "/api/v1" if self.version == "v1" else f"/apis/{self.version}"
        return f"{base}/namespaces/{namespace}/{self.plural}" if namespace else f"{base}/{self.plural}"


CONTAINERS = [{"name": "main", "image": "registry.k8s.io/pause:3.10"}]
TEMPLATE = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": CONTAINERS}}
SELECTOR = {"matchLabels": {"app": "x"}}
ONCE = {"spec": {"restartPolicy": "Never", "containers": CONTAINERS}}
CONDITION = {
    "type": "Tested",
    "status": "True",
    "reason": "E2E",
    "message": "set from a test",
    "lastTransitionTime": "2026-01-01T00:00:00Z",
}
CONDITIONS = {"conditions": [CONDITION]}
RULE = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["nothing"]}
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
NETWORKING, STORAGE = "networking.k8s.io/v1", "storage.k8s.io/v1"
ADMISSION, FLOW, DEVICES = (
    "admissionregistration.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1",
    "resource.k8s.io/v1",
)
HOOK = {
    "name": "hook.example.com",
    "clientConfig": {"url": "https://127.0.0.1:9/"},
    "sideEffects": "None",
    "admissionReviewVersions": ["v1"],
    "rules": [RULE],
}

KINDS = (
    Kind("v1", "configmaps", True, {"data": {"a": "1"}}),
    Kind("v1", "secrets", True, {"stringData": {"a": "1"}}),
    Kind("v1", "serviceaccounts", True, {}),
    Kind("v1", "podtemplates", True, {"template": TEMPLATE}),
    Kind("v1", "limitranges", True, {"spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}}]}}),
    Kind("v1", "resourcequotas", True, {"spec": {"hard": {"pods": "5"}}}, {"hard": {"pods": "5"}}),
    Kind("v1", "endpoints", True, {}),
    Kind("v1", "services", True, {"spec": {"ports": [{"port": 80}]}}, CONDITIONS),
    Kind("v1", "replicationcontrollers", True, {"spec": {"replicas": 0, "template": TEMPLATE}}, CONDITIONS),
    Kind(
        "v1",
        "persistentvolumeclaims",
        True,
        {"spec": CLAIM | {"storageClassName": "none"}},
        {"conditions": [{"type": "Tested", "status": "True"}]},
    ),
    Kind(
        "v1",
        "persistentvolumes",
        False,
        {
            "spec": {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": "e2e",
                "hostPath": {"path": "/tmp/e2e"},
            }
        },
        {"message": "set from a test"},
    ),
    Kind("apps/v1", "controllerrevisions", True, {"revision": 1, "data": {"a": 1}}),
    Kind(
        "apps/v1",
        "deployments",
        True,
        {"spec": {"replicas": 0, "selector": SELECTOR, "template": TEMPLATE}},
        CONDITIONS,
    ),
    Kind(
        "apps/v1",
        "replicasets",
        True,
        {"spec": {"replicas": 0, "selector": SELECTOR, "template": TEMPLATE}},
        CONDITIONS,
    ),
    Kind(
        "apps/v1",
        "statefulsets",
        True,
        {"spec": {"replicas": 0, "serviceName": "x", "selector": SELECTOR, "template": TEMPLATE}},
        CONDITIONS,
    ),
    Kind(
        "apps/v1",
        "daemonsets",
        True,
        {
            "spec": {
                "selector": SELECTOR,
                "template": TEMPLATE
                | {"spec": {"containers": CONTAINERS, "nodeSelector": {"no.such/node": "x"}}},
            }
        },
        CONDITIONS,
    ),
    Kind("batch/v1", "jobs", True, {"spec": {"suspend": True, "template": ONCE}}, CONDITIONS),
    Kind(
        "batch/v1",
        "cronjobs",
        True,
        {"spec": {"schedule": "0 0 1 1 *", "suspend": True, "jobTemplate": {"spec": {"template": ONCE}}}},
        {"lastScheduleTime": "2026-01-01T00:00:00Z"},
    ),
    Kind(
        "policy/v1",
        "poddisruptionbudgets",
        True,
        {"spec": {"minAvailable": 1, "selector": SELECTOR}},
        CONDITIONS,
    ),
    Kind(
        "autoscaling/v2",
        "horizontalpodautoscalers",
        True,
        {
            "spec": {
                "maxReplicas": 2,
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"},
            }
        },
        CONDITIONS | {"currentReplicas": 1, "desiredReplicas": 1},
    ),
    Kind("coordination.k8s.io/v1", "leases", True, {"spec": {"holderIdentity": "me"}}),
    Kind(
        "discovery.k8s.io/v1",
        "endpointslices",
        True,
        {"addressType": "IPv4", "endpoints": [{"addresses": ["10.1.2.3"]}], "ports": [{"port": 80}]},
    ),
    Kind(
        NETWORKING,
        "ingresses",
        True,
        {"spec": {"defaultBackend": {"service": {"name": "x", "port": {"number": 80}}}}},
        {"loadBalancer": {"ingress": [{"ip": "169.1.1.1"}]}},
    ),
    Kind(NETWORKING, "ingressclasses", False, {"spec": {"controller": "example.com/controller"}}),
    Kind(NETWORKING, "networkpolicies", True, {"spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}),
    Kind(NETWORKING, "servicecidrs", False, {"spec": {"cidrs": ["10.{n}.0.0/24"]}}, CONDITIONS),
    Kind(
        NETWORKING,
        "ipaddresses",
        False,
        {"spec": {"parentRef": {"resource": "services", "namespace": "default", "name": "x"}}},
    ),
    Kind("node.k8s.io/v1", "runtimeclasses", False, {"handler": "e2e"}),
    Kind("rbac.authorization.k8s.io/v1", "roles", True, {"rules": []}),
    Kind("rbac.authorization.k8s.io/v1", "clusterroles", False, {"rules": []}),
    Kind(
        "rbac.authorization.k8s.io/v1",
        "rolebindings",
        True,
        {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}},
    ),
    Kind("scheduling.k8s.io/v1", "priorityclasses", False, {"value": 5}),
    Kind(STORAGE, "storageclasses", False, {"provisioner": "example.com/none"}),
    Kind(STORAGE, "csidrivers", False, {"spec": {"attachRequired": False}}),
    Kind(STORAGE, "csinodes", False, {"spec": {"drivers": []}}),
    Kind(
        STORAGE,
        "volumeattachments",
        False,
        {"spec": {"attacher": "example.com", "nodeName": "n", "source": {"persistentVolumeName": "x"}}},
        {"attached": True},
    ),
    Kind(STORAGE, "volumeattributesclasses", False, {"driverName": "example.com", "parameters": {"a": "1"}}),
    Kind(STORAGE, "csistoragecapacities", True, {"storageClassName": "none"}),
    Kind(
        FLOW,
        "flowschemas",
        False,
        {"spec": {"matchingPrecedence": 9900, "priorityLevelConfiguration": {"name": "global-default"}}},
        CONDITIONS,
    ),
    Kind(
        FLOW,
        "prioritylevelconfigurations",
        False,
        {
            "spec": {
                "type": "Limited",
                "limited": {"nominalConcurrencyShares": 2, "limitResponse": {"type": "Reject"}},
            }
        },
        CONDITIONS,
    ),
    Kind(ADMISSION, "validatingwebhookconfigurations", False, {"webhooks": [HOOK]}),
    Kind(ADMISSION, "mutatingwebhookconfigurations", False, {"webhooks": [HOOK]}),
    Kind(
        ADMISSION,
        "validatingadmissionpolicies",
        False,
        {"spec": {"validations": [{"expression": "true"}], "matchConstraints": {"resourceRules": [RULE]}}},
        CONDITIONS,
    ),
    Kind(
        ADMISSION,
        "validatingadmissionpolicybindings",
        False,
        {"spec": {"policyName": "x", "validationActions": ["Deny"]}},
    ),
    Kind(
        ADMISSION,
        "mutatingadmissionpolicies",
        False,
        {
            "spec": {
                "reinvocationPolicy": "Never",
                "matchConstraints": {"resourceRules": [RULE]},
                "mutations": [
                    {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}}
                ],
            }
        },
    ),
    Kind(ADMISSION, "mutatingadmissionpolicybindings", False, {"spec": {"policyName": "x"}}),
    Kind(DEVICES, "deviceclasses", False, {"spec": {}}),
    Kind(
        DEVICES,
        "resourceclaims",
        True,
        {"spec": {"devices": {"requests": [{"name": "r", "exactly": {"deviceClassName": "c"}}]}}},
    ),
    Kind(
        DEVICES,
        "resourceclaimtemplates",
        True,
        {"spec": {"spec": {"devices": {"requests": [{"name": "r", "exactly": {"deviceClassName": "c"}}]}}}},
    ),
    Kind(
        DEVICES,
        "resourceslices",
        False,
        {
            "spec": {
                "driver": "example.com",
                "nodeName": "n",
                "pool": {"name": "p", "generation": 1, "resourceSliceCount": 1},
                "devices": [{"name": "d"}],
            }
        },
    ),
)
