"""Questions about a StatefulSet and its pods; nothing here reads or writes the API."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ...apimachinery import jsonio
from ...apimachinery.gvk import GroupVersionKind
from .. import history
from .. import pods as podlib
from ..podcontrol import pod_from_template

Object = dict[str, Any]
KIND = GroupVersionKind("apps", "v1", "StatefulSet")

NAME_LABEL = "statefulset.kubernetes.io/pod-name"
INDEX_LABEL = "apps.kubernetes.io/pod-index"
REVISION_LABEL = "controller-revision-hash"
COUNTS = ("replicas", "readyReplicas", "availableReplicas", "currentReplicas", "updatedReplicas")
_MEMBER = re.compile(r"(.*)-([0-9]+)")
_LARGEST = 2**31 - 1


def replicas(owner: Object) -> int:
    value = owner["spec"].get("replicas")
    return 1 if value is None else int(value)


def start(owner: Object) -> int:
    """The ordinal of the first pod."""
    return int((owner["spec"].get("ordinals") or {}).get("start", 0))


def min_ready(owner: Object) -> int:
    return int(owner["spec"].get("minReadySeconds", 0))


def is_parallel(owner: Object) -> bool:
    return bool(owner["spec"].get("podManagementPolicy") == "Parallel")


def is_rolling(owner: Object) -> bool:
    return bool((owner["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") == "RollingUpdate")


def _rolling(owner: Object) -> Object:
    return (owner["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}


def partition(owner: Object) -> int:
    """So many of the first pods keep the current revision."""
    return int(_rolling(owner).get("partition", 0))


def parent_and_ordinal(pod: Object) -> tuple[str, int]:
    """The set a pod's name speaks of and the pod's place in it, -1 for another kind of name."""
    match = _MEMBER.fullmatch(pod["metadata"]["name"])
    if match is None or int(match[2]) > _LARGEST:
        return "", -1
    return match[1], int(match[2])


def ordinal(pod: Object) -> int:
    return parent_and_ordinal(pod)[1]


def is_member(owner: Object, pod: Object) -> bool:
    return bool(parent_and_ordinal(pod)[0] == owner["metadata"]["name"])


def in_range(owner: Object, pod: Object) -> bool:
    return start(owner) <= ordinal(pod) < start(owner) + replicas(owner)


def is_created(pod: Object) -> bool:
    """A pod that is only planned has no phase yet."""
    return bool(podlib.phase(pod))


def is_running_and_ready(pod: Object) -> bool:
    return podlib.phase(pod) == "Running" and podlib.is_ready(pod)


def is_available(owner: Object, pod: Object, now: datetime) -> bool:
    return podlib.phase(pod) == "Running" and podlib.available_in(pod, min_ready(owner), now) == 0


def is_unavailable(owner: Object, pod: Object, now: datetime) -> bool:
    return podlib.is_deleted(pod) or not is_available(owner, pod, now)


def revision_of(pod: Object) -> str:
    return str((pod["metadata"].get("labels") or {}).get(REVISION_LABEL, ""))


def at_revision(owner: Object, revision: Object) -> Object:
    """The set as it is with the template of `revision`."""
    return {**owner, "spec": {**owner["spec"], "template": history.template(revision)}}


def claim_names(owner: Object, pod: Object) -> dict[str, str]:
    """Names of a pod's claims by the names of their templates, which are the names of its volumes."""
    name, place = owner["metadata"]["name"], ordinal(pod)
    templates = owner["spec"].get("volumeClaimTemplates") or ()
    return {t["metadata"]["name"]: f"{t['metadata']['name']}-{name}-{place}" for t in templates}


def new_pod(owner: Object, place: int, revision: str) -> Object:
    """The pod of one ordinal, of the template that `owner` has."""
    pod = pod_from_template(owner["spec"]["template"], owner, KIND)
    pod["metadata"]["name"] = f"{owner['metadata']['name']}-{place}"
    set_identity(owner, pod)
    pod["metadata"]["labels"][REVISION_LABEL] = revision
    pod["spec"]["hostname"] = pod["metadata"]["name"]
    if owner["spec"].get("serviceName"):
        pod["spec"]["subdomain"] = owner["spec"]["serviceName"]
    set_storage(owner, pod)
    return pod


def has_identity(owner: Object, pod: Object) -> bool:
    parent, place = parent_and_ordinal(pod)
    have = pod["metadata"].get("labels") or {}
    name = pod["metadata"]["name"]
    if parent != owner["metadata"]["name"] or name != f"{parent}-{place}":
        return False
    return have.get(NAME_LABEL) == name and have.get(INDEX_LABEL) == str(place)


def set_identity(owner: Object, pod: Object) -> None:
    place = ordinal(pod)
    name = pod["metadata"]["name"] = f"{owner['metadata']['name']}-{place}"
    have = pod["metadata"].get("labels") or {}
    pod["metadata"]["labels"] = {**have, NAME_LABEL: name, INDEX_LABEL: str(place)}


def has_storage(owner: Object, pod: Object) -> bool:
    """Whether a volume of the pod names each of its claims."""
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes") or ()}
    return all(
        (volumes.get(name, {}).get("persistentVolumeClaim") or {}).get("claimName") == claim
        for name, claim in claim_names(owner, pod).items()
    )


def set_storage(owner: Object, pod: Object) -> None:
    claims = claim_names(owner, pod)
    if not claims:
        return
    volumes = [
        {"name": name, "persistentVolumeClaim": {"claimName": claim}} for name, claim in claims.items()
    ]
    volumes += [v for v in pod["spec"].get("volumes") or () if v["name"] not in claims]
    pod["spec"]["volumes"] = volumes


def claim(owner: Object, template: Object, name: str) -> Object:
    """The claim of a template for one pod."""
    made = jsonio.clone(template)
    meta = made["metadata"]
    matched = owner["spec"]["selector"].get("matchLabels") or {}
    meta.update(name=name, namespace=owner["metadata"]["namespace"])
    meta["labels"] = {**(meta.get("labels") or {}), **matched}
    made.update(kind="PersistentVolumeClaim", apiVersion="v1")
    return made  # type: ignore[no-any-return]


def status(
    owner: Object, current: Object, update: Object, collisions: int, pods: Iterable[Object], now: datetime
) -> Object:
    """The status that the pods make, with `current` and `update` the revisions."""
    counts = dict.fromkeys(COUNTS, 0)
    names = {"currentReplicas": current["metadata"]["name"], "updatedReplicas": update["metadata"]["name"]}
    for pod in pods:
        if not is_created(pod):
            continue
        counts["replicas"] += 1
        counts["readyReplicas"] += is_running_and_ready(pod)
        counts["availableReplicas"] += is_available(owner, pod, now)
        for count, name in names.items():
            counts[count] += not podlib.is_deleted(pod) and revision_of(pod) == name
    return {
        "observedGeneration": owner["metadata"].get("generation", 0),
        **counts,
        "currentRevision": names["currentReplicas"],
        "updateRevision": names["updatedReplicas"],
        "collisionCount": collisions,
    }


def complete(owner: Object, found: Object) -> Object:
    """When every pod is ready at the new revision, that is the current one from now on."""
    wanted = replicas(owner)
    if is_rolling(owner) and all(
        found[count] == wanted for count in ("updatedReplicas", "readyReplicas", "replicas")
    ):
        return {**found, "currentReplicas": wanted, "currentRevision": found["updateRevision"]}
    return found


def same_status(old: Object, new: Object) -> bool:
    names = (*COUNTS, "observedGeneration", "collisionCount")
    return all(int(old.get(name) or 0) == new[name] for name in names) and all(
        old.get(name, "") == new[name] for name in ("currentRevision", "updateRevision")
    )
