"""The resources our components use, as `GroupVersionResource` constants."""

from __future__ import annotations

from ..apimachinery.gvk import GroupVersionResource as R

BINDINGS = R("", "v1", "bindings")
CONFIGMAPS = R("", "v1", "configmaps")
ENDPOINTS = R("", "v1", "endpoints")
EVENTS = R("", "v1", "events")
LIMITRANGES = R("", "v1", "limitranges")
NAMESPACES = R("", "v1", "namespaces", False)
NODES = R("", "v1", "nodes", False)
PERSISTENTVOLUMECLAIMS = R("", "v1", "persistentvolumeclaims")
PERSISTENTVOLUMES = R("", "v1", "persistentvolumes", False)
PODS = R("", "v1", "pods")
PODTEMPLATES = R("", "v1", "podtemplates")
REPLICATIONCONTROLLERS = R("", "v1", "replicationcontrollers")
RESOURCEQUOTAS = R("", "v1", "resourcequotas")
SECRETS = R("", "v1", "secrets")
SERVICEACCOUNTS = R("", "v1", "serviceaccounts")
SERVICES = R("", "v1", "services")

CONTROLLERREVISIONS = R("apps", "v1", "controllerrevisions")
DAEMONSETS = R("apps", "v1", "daemonsets")
DEPLOYMENTS = R("apps", "v1", "deployments")
REPLICASETS = R("apps", "v1", "replicasets")
STATEFULSETS = R("apps", "v1", "statefulsets")

HORIZONTALPODAUTOSCALERS = R("autoscaling", "v2", "horizontalpodautoscalers")
CRONJOBS = R("batch", "v1", "cronjobs")
JOBS = R("batch", "v1", "jobs")
CERTIFICATESIGNINGREQUESTS = R("certificates.k8s.io", "v1", "certificatesigningrequests", False)
CUSTOMRESOURCEDEFINITIONS = R("apiextensions.k8s.io", "v1", "customresourcedefinitions", False)
ENDPOINTSLICES = R("discovery.k8s.io", "v1", "endpointslices")
EVENTS_V1 = R("events.k8s.io", "v1", "events")
INGRESSCLASSES = R("networking.k8s.io", "v1", "ingressclasses", False)
INGRESSES = R("networking.k8s.io", "v1", "ingresses")
LEASES = R("coordination.k8s.io", "v1", "leases")
PODDISRUPTIONBUDGETS = R("policy", "v1", "poddisruptionbudgets")
PRIORITYCLASSES = R("scheduling.k8s.io", "v1", "priorityclasses", False)
RUNTIMECLASSES = R("node.k8s.io", "v1", "runtimeclasses", False)
CSINODES = R("storage.k8s.io", "v1", "csinodes", False)
STORAGECLASSES = R("storage.k8s.io", "v1", "storageclasses", False)
