"""The objects of a churn: small, of every kind that a controller looks after."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]
NAMESPACE = "churn"
ROOM = 500
"""Pods that a wide quota leaves room for."""
RELEASED = {"app": "released"}
"""The labels of a pod that is to belong to nobody."""
ENDLESS = 1000
"""A Job's backoffLimit that is never reached."""
JOB_RULES: list[Object] = [
    {"completionMode": "NonIndexed"},
    {"completionMode": "Indexed"},
    {"completionMode": "NonIndexed", "backoffLimit": 2},
    {"completionMode": "Indexed", "backoffLimitPerIndex": 1},
    {"completionMode": "Indexed", "backoffLimitPerIndex": 1, "maxFailedIndexes": 1},
    {"completionMode": "NonIndexed", "activeDeadlineSeconds": 10},
    {"completionMode": "NonIndexed", "ttlSecondsAfterFinished": 5},
    {"completionMode": "NonIndexed", "podReplacementPolicy": "Failed"},
    {
        "completionMode": "Indexed",
        "podFailurePolicy": {
            "rules": [
                {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]},
                {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}},
            ]
        },
    },
    {
        "completionMode": "Indexed",
        "backoffLimitPerIndex": 3,
        "podFailurePolicy": {
            "rules": [{"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [1]}}]
        },
    },
    {"completionMode": "Indexed", "successPolicy": {"rules": [{"succeededCount": 1}]}},
]
"""How a Job may be told to deal with failures, and when to stop."""


def meta(name: str, **more: Any) -> Object:
    return {"name": name, "namespace": NAMESPACE, **more}


def template(name: str, image: str = "v1", **notes: float) -> Object:
    container = {"name": "c", "image": image, "resources": {"requests": {"cpu": "50m"}}}
    annotations = {f"chaos/{key}": str(value) for key, value in notes.items()}
    if "run" in notes:
        annotations["wherry.dev/run-seconds"] = str(notes["run"])
    return {
        "metadata": {"labels": {"app": name}, "annotations": annotations},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 2},
    }


def selected(name: str, replicas: int, **spec: Any) -> Object:
    labels = {"app": name}
    return {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template(name), **spec}


def deployment(name: str, replicas: int, **spec: Any) -> Object:
    return {"metadata": meta(name), "spec": selected(name, replicas, revisionHistoryLimit=2, **spec)}


def replica_set(name: str, replicas: int) -> Object:
    return {"metadata": meta(name), "spec": selected(name, replicas)}


def replication_controller(name: str, replicas: int) -> Object:
    return {"metadata": meta(name), "spec": selected(name, replicas) | {"selector": {"app": name}}}


def stateful_set(name: str, replicas: int, **spec: Any) -> Object:
    """With a claim per pod that goes when the pod's ordinal or the set goes."""
    claim = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "fast",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    more = {
        "serviceName": name,
        "revisionHistoryLimit": 2,
        "volumeClaimTemplates": [claim],
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete", "whenScaled": "Delete"},
    }
    return {"metadata": meta(name), "spec": selected(name, replicas) | more | spec}


def daemon_set(name: str, **spec: Any) -> Object:
    found = selected(name, 0, revisionHistoryLimit=2, **spec)
    del found["replicas"]
    return {"metadata": meta(name), "spec": found}


def job(name: str, completions: int, parallelism: int, *, fails: float = 0.0, **spec: Any) -> Object:
    pods = template(name, run=1.0, fails=fails)
    pods["spec"]["restartPolicy"] = "Never"
    return {
        "metadata": meta(name),
        "spec": {
            "completions": completions,
            "parallelism": parallelism,
            **({} if "backoffLimitPerIndex" in spec else {"backoffLimit": ENDLESS}),
            "template": pods,
            **spec,
        },
    }


def cron_job(name: str, **spec: Any) -> Object:
    return {
        "metadata": meta(name),
        "spec": {
            "schedule": "* * * * *",
            "concurrencyPolicy": "Forbid",
            "successfulJobsHistoryLimit": 2,
            "jobTemplate": {"spec": job(name, 2, 1)["spec"]},
            **spec,
        },
    }


def service(name: str) -> Object:
    return {"metadata": meta(name), "spec": {"selector": {"app": name}, "ports": [{"port": 80}]}}


def budget(name: str) -> Object:
    return {
        "metadata": meta(name),
        "spec": {"selector": {"matchLabels": {"app": name}}, "maxUnavailable": 1},
    }


def autoscaler(name: str, least: int) -> Object:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    goal = {"type": "Utilization", "averageUtilization": 80}
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": goal}}
    spec = {"scaleTargetRef": target, "minReplicas": least, "maxReplicas": 9, "metrics": [metric]}
    at_once = {"scaleDown": {"stabilizationWindowSeconds": 0}}
    return {"metadata": meta(name), "spec": spec | {"behavior": at_once}}


def quota() -> Object:
    hard = {"pods": str(ROOM), "services": "50", "count/replicasets.apps": "500", "count/jobs.batch": "500"}
    return {"metadata": meta("all"), "spec": {"hard": hard}}


def volume(number: int) -> Object:
    return {
        "metadata": {"name": f"volume-{number}"},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": "fast",
            "hostPath": {"path": f"/volumes/{number}"},
        },
    }


def storage_class(mode: str = "WaitForFirstConsumer") -> Object:
    return {
        "metadata": {"name": "fast"},
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": mode,
    }
