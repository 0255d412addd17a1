"""When an applied object counts as ready, and what it still waits for: one rule per kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Object = dict[str, Any]


class Verdict(NamedTuple):
    """`ready`, or `failed` for good; `text` says where it stands."""

    ready: bool
    text: str
    failed: bool = False


def judge(obj: Object) -> Verdict:
    """Kinds without a rule are ready once they are stored."""
    rule = RULES.get((obj["apiVersion"].rpartition("/")[0], obj["kind"]))
    if rule is None:
        return Verdict(True, "stored")
    meta, status = obj["metadata"], obj.get("status") or {}
    if "observedGeneration" in status and status["observedGeneration"] < meta.get("generation", 0):
        return Verdict(False, "waiting for its controller")
    return rule(obj.get("spec") or {}, status)


def condition(status: Object, name: str) -> Object:
    return next((c for c in status.get("conditions") or [] if c.get("type") == name), {})


def _deployment(spec: Object, status: Object) -> Verdict:
    wanted = spec.get("replicas", 1)
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    if condition(status, "Progressing").get("reason") == "ProgressDeadlineExceeded":
        return Verdict(False, "exceeded its progress deadline", failed=True)
    if "observedGeneration" not in status:
        return Verdict(False, "waiting for its controller")
    if updated < wanted:
        return Verdict(False, f"{updated} of {wanted} replicas updated")
    if status.get("replicas", 0) > updated:
        return Verdict(False, f"{status['replicas'] - updated} old replicas to end")
    return Verdict(available >= wanted, f"{available} of {wanted} replicas available")


def _replicas(spec: Object, status: Object) -> Verdict:
    wanted, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
    return Verdict("replicas" in status and ready >= wanted, f"{ready} of {wanted} replicas ready")


def _stateful_set(spec: Object, status: Object) -> Verdict:
    verdict = _replicas(spec, status)
    updated, wanted = status.get("updatedReplicas", 0), spec.get("replicas", 1)
    rolling = (spec.get("updateStrategy") or {}).get("type", "RollingUpdate") == "RollingUpdate"
    partition = ((spec.get("updateStrategy") or {}).get("rollingUpdate") or {}).get("partition", 0)
    if verdict.ready and rolling and updated < wanted - partition:
        return Verdict(False, f"{updated} of {wanted - partition} replicas updated")
    return verdict


def _daemon_set(spec: Object, status: Object) -> Verdict:
    if "observedGeneration" not in status:
        return Verdict(False, "waiting for its controller")
    wanted = status.get("desiredNumberScheduled", 0)
    updated, available = status.get("updatedNumberScheduled", 0), status.get("numberAvailable", 0)
    return Verdict(updated >= wanted and available >= wanted, f"{available} of {wanted} pods available")


def _job(spec: Object, status: Object) -> Verdict:
    failed = condition(status, "Failed")
    if failed.get("status") == "True":
        return Verdict(False, failed.get("message") or "failed", failed=True)
    text = f"{status.get('succeeded', 0)} of {spec.get('completions', 1)} completions"
    return Verdict(condition(status, "Complete").get("status") == "True", text)


def _pod(spec: Object, status: Object) -> Verdict:
    phase = status.get("phase", "Pending")
    if phase == "Failed":
        return Verdict(False, status.get("message") or "failed", failed=True)
    if phase == "Succeeded":
        return Verdict(True, "succeeded")
    waiting = [
        (state.get("state") or {}).get("waiting", {}).get("reason")
        for state in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    ]
    reasons = ", ".join(dict.fromkeys(reason for reason in waiting if reason))
    return Verdict(condition(status, "Ready").get("status") == "True", reasons or phase)


def _claim(spec: Object, status: Object) -> Verdict:
    return Verdict(status.get("phase") == "Bound", status.get("phase", "Pending"))


def _service(spec: Object, status: Object) -> Verdict:
    if spec.get("type") != "LoadBalancer":
        return Verdict(True, spec.get("clusterIP") or "external")
    ingress = (status.get("loadBalancer") or {}).get("ingress") or []
    return Verdict(
        bool(ingress), ingress[0].get("ip") or ingress[0].get("hostname", "") if ingress else "no address yet"
    )


def _needs(name: str) -> Callable[[Object, Object], Verdict]:
    """Ready once the condition `name` is True."""

    def rule(spec: Object, status: Object) -> Verdict:
        found = condition(status, name)
        return Verdict(
            found.get("status") == "True", found.get("message") or found.get("reason") or f"not {name} yet"
        )

    return rule


RULES: dict[tuple[str, str], Callable[[Object, Object], Verdict]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "ReplicaSet"): _replicas,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("batch", "Job"): _job,
    ("", "ReplicationController"): _replicas,
    ("", "Pod"): _pod,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Service"): _service,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _needs("Established"),
    ("apiregistration.k8s.io", "APIService"): _needs("Available"),
}
