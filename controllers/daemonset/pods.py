"""The pods of a set: how one is built for a node, which node one is for, and whether it is up to date."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...apimachinery.clock import parse_rfc3339
from ...apimachinery.gvk import GroupVersionKind
from ..podcontrol import pod_from_template

Object = dict[str, Any]
KIND = GroupVersionKind("apps", "v1", "DaemonSet")
HASH_LABEL = "controller-revision-hash"
GENERATION_LABEL = "pod-template-generation"
GENERATION_NOTE = "deprecated.daemonset.template.generation"

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_TOLERATED = (
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"),
    ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
)
_FIELDS = ("key", "operator", "value", "effect")


def tolerations(spec: Object) -> list[Object]:
    """Those of the template and those every pod of a DaemonSet has: it stays on a node in trouble."""
    listed = [dict(toleration) for toleration in spec.get("tolerations") or ()]
    taints = [*_TOLERATED, *([("network-unavailable", "NoSchedule")] if spec.get("hostNetwork") else [])]
    for taint, effect in taints:
        wanted = {"key": f"node.kubernetes.io/{taint}", "operator": "Exists", "effect": effect}
        same = [t for t in listed if all(t.get(f, "") == wanted.get(f, "") for f in _FIELDS)]
        for toleration in same:
            toleration.pop("tolerationSeconds", None)
        if not same:
            listed.append(wanted)
    return listed


def template_generation(owner: Object) -> str:
    text = str((owner["metadata"].get("annotations") or {}).get(GENERATION_NOTE, ""))
    return text if text.isascii() and text.isdigit() else ""


def new_pod(owner: Object, node: str, digest: str) -> Object:
    """A pod that only `node` can get; `digest` is the hash of the current revision."""
    pod = pod_from_template(owner["spec"]["template"], owner, KIND)
    generation = template_generation(owner)
    pod["metadata"]["labels"] = {
        **(pod["metadata"].get("labels") or {}),
        **({GENERATION_LABEL: generation} if generation else {}),
        HASH_LABEL: digest,
    }
    spec = pod["spec"]
    spec["tolerations"] = tolerations(spec)
    affinity = spec.setdefault("affinity", {}).setdefault("nodeAffinity", {})
    here = {"key": "metadata.name", "operator": "In", "values": [node]}
    # The template's own terms were weighed when the node was chosen.
    affinity.setdefault(_REQUIRED, {})["nodeSelectorTerms"] = [{"matchFields": [here]}]
    return pod


def target_node(pod: Object) -> str:
    """The node a pod is on or for, empty when it does not say."""
    spec = pod["spec"]
    if spec.get("nodeName"):
        return str(spec["nodeName"])
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(_REQUIRED) or {}
    for term in required.get("nodeSelectorTerms") or ():
        for field in term.get("matchFields") or ():
            if field["key"] == "metadata.name" and field["operator"] == "In" and len(field["values"]) == 1:
                return str(field["values"][0])
    return ""


def place(uid: str, node: str) -> str:
    """The key of one set's pods on one node."""
    return f"{uid}/{node}"


def by_node(pods: Iterable[Object]) -> dict[str, list[Object]]:
    grouped: dict[str, list[Object]] = {}
    for pod in pods:
        node = target_node(pod)
        if node:
            grouped.setdefault(node, []).append(pod)
    return grouped


def is_updated(owner: Object, pod: Object, digest: str) -> bool:
    have = pod["metadata"].get("labels") or {}
    generation = template_generation(owner)
    return have.get(HASH_LABEL) == digest or bool(generation and have.get(GENERATION_LABEL) == generation)


def oldest_first(pods: Iterable[Object]) -> list[Object]:
    """Pods that have their node before those that wait for it."""
    return sorted(pods, key=_age)


def _age(pod: Object) -> tuple[bool, float, str]:
    meta = pod["metadata"]
    created = parse_rfc3339(meta["creationTimestamp"]).timestamp()
    return not pod["spec"].get("nodeName"), created, meta["name"]
