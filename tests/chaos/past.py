"""What must hold at every revision of a history: each function gives what is wrong, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from wherry.apimachinery import quantity

from tests.chaos.facts import controller_of, ended, is_released, name_of
from tests.chaos.record import Commit, Record

Object = dict[str, Any]
LAG = 1.0
"""Seconds for which a controller may go by what an owner wanted before."""


def problems(world: Record) -> list[str]:
    """Everything that was ever wrong."""
    checks = (surplus, replaced_early, twins, doubles, overcommitted, rebound)
    return [f"{check.__name__}: {found}" for check in checks for found in check(world)]


def active(pod: Object) -> bool:
    return not ended(pod) and "deletionTimestamp" not in pod["metadata"] and not is_released(pod)


def pods_of(world: Record) -> Iterator[tuple[Commit, dict[str, Object]]]:
    """Each commit of a pod, with all pods by key as they are after it."""
    pods: dict[str, Object] = {}
    for commit in world.history:
        if commit.resource == "pods":
            if commit.obj is None:
                pods.pop(commit.key, None)
            else:
                pods[commit.key] = commit.obj
            yield commit, pods


def surplus(world: Record) -> Iterator[str]:
    """A pod that was made although its ReplicaSet had enough, or its Job had enough under way or done."""
    wanted: dict[str, list[tuple[float, int]]] = defaultdict(list)
    held: dict[str, set[str]] = defaultdict(set)
    for commit in world.history:
        obj = commit.obj
        if commit.resource in ("replicasets.apps", "replicationcontrollers") and obj:
            wanted[obj["metadata"]["uid"]].append((commit.at, obj["spec"]["replicas"]))
        elif commit.resource == "jobs.batch" and obj:
            wanted[obj["metadata"]["uid"]].append((commit.at, obj["spec"]["parallelism"]))
        elif commit.resource == "pods":
            pod = obj or commit.before or {}
            owner, uid = controller_of(pod), pod["metadata"]["uid"]
            if obj is None or not active(obj):
                held[owner].discard(uid)
                continue
            held[owner].add(uid)
            if commit.before is None and owner in wanted:
                most = _most(wanted[owner], commit.at)
                if len(held[owner]) > most:
                    yield f"{commit.at:.2f} {name_of(pod)} is number {len(held[owner])} of {most}"


def replaced_early(world: Record) -> Iterator[str]:
    """A pod that was made before those that it replaces had ended, of a Job that waits for that."""
    wanted: dict[str, list[tuple[float, int]]] = defaultdict(list)
    held: dict[str, set[str]] = defaultdict(set)
    for commit in world.history:
        obj = commit.obj
        if commit.resource == "jobs.batch" and obj and obj["spec"].get("podReplacementPolicy") == "Failed":
            wanted[obj["metadata"]["uid"]].append((commit.at, obj["spec"]["parallelism"]))
        elif commit.resource == "pods":
            pod = obj or commit.before or {}
            owner, uid = controller_of(pod), pod["metadata"]["uid"]
            gone = obj is None or ended(obj) or is_released(obj)
            (held[owner].discard if gone else held[owner].add)(uid)
            if (
                commit.before is None
                and owner in wanted
                and len(held[owner]) > _most(wanted[owner], commit.at)
            ):
                yield f"{commit.at:.2f} {name_of(pod)} is number {len(held[owner])} while others end"


def _most(wanted: list[tuple[float, int]], now: float) -> int:
    """The largest number that was wanted within the last `LAG` seconds."""
    recent = [count for at, count in wanted if at > now - LAG]
    before = [count for at, count in wanted if at <= now - LAG][-1:]
    return max(recent + before)


def twins(world: Record) -> Iterator[str]:
    """Two pods at once for one index of a Job, or for one node of a DaemonSet that does not surge."""
    places: dict[tuple[str, str], set[str]] = defaultdict(set)
    for commit in world.history:
        pod = commit.obj or commit.before or {}
        place = _place(pod) if commit.resource == "pods" else ""
        if not place:
            continue
        there, uid = places[controller_of(pod), place], pod["metadata"]["uid"]
        if commit.obj is None or not active(commit.obj):
            there.discard(uid)
            continue
        there.add(uid)
        if commit.before is None and len(there) > 1:
            yield f"{commit.at:.2f} {name_of(pod)} is number {len(there)} of {place}"


def _place(pod: Object) -> str:
    index = (pod["metadata"].get("annotations") or {}).get("batch.kubernetes.io/job-completion-index")
    if index is not None:
        return f"index {index}"
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    terms = (affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get("nodeSelectorTerms")
    fields = terms[0].get("matchFields") if terms else None
    return f"node {fields[0]['values'][0]}" if fields else ""


def doubles(world: Record) -> Iterator[str]:
    """Two Jobs at once of a CronJob that forbids it, or two of one moment."""
    running: dict[str, set[str]] = defaultdict(set)
    moments: set[tuple[str, str]] = set()
    for commit in world.history:
        job = commit.obj or commit.before or {}
        owner = controller_of(job) if commit.resource == "jobs.batch" else ""
        if not owner:
            continue
        kinds = {c["type"] for c in job["status"].get("conditions", ()) if c["status"] == "True"}
        over = commit.obj is None or kinds & {"Complete", "Failed"} or "deletionTimestamp" in job["metadata"]
        (running[owner].discard if over else running[owner].add)(job["metadata"]["uid"])
        if len(running[owner]) > 1:
            yield f"{commit.at:.2f} {name_of(job)} runs beside another"
        if commit.before is None:
            moment = job["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"]
            if (owner, moment) in moments:
                yield f"{commit.at:.2f} {name_of(job)} ran for {moment} already"
            moments.add((owner, moment))


def overcommitted(world: Record) -> Iterator[str]:
    """A node with more CPU promised than it has."""
    used: dict[str, dict[str, int]] = defaultdict(dict)
    room: dict[str, int] = {}
    for commit in world.history:
        obj = commit.obj
        if commit.resource == "nodes" and obj:
            room[obj["metadata"]["name"]] = quantity.milli(obj["status"]["allocatable"]["cpu"])
        elif commit.resource == "pods":
            pod = obj or commit.before or {}
            node, uid = pod["spec"].get("nodeName", ""), pod["metadata"]["uid"]
            if not node:
                continue
            if obj is None or ended(obj):
                used[node].pop(uid, None)
                continue
            used[node][uid] = sum(_cpu(c) for c in pod["spec"]["containers"])
            if sum(used[node].values()) > room[node]:
                yield f"{commit.at:.2f} {name_of(pod)} is too much for {node}"


def _cpu(container: Object) -> int:
    return quantity.milli((container.get("resources") or {}).get("requests", {}).get("cpu", "0"))


def rebound(world: Record) -> Iterator[str]:
    """A pod or a claim that was moved from one node or volume to another."""
    for commit in world.history:
        for resource, field in (("pods", "nodeName"), ("persistentvolumeclaims", "volumeName")):
            if commit.resource == resource and commit.obj and commit.before:
                old, new = commit.before["spec"].get(field), commit.obj["spec"].get(field)
                if old and old != new:
                    yield f"{commit.at:.2f} {name_of(commit.obj)}: {old}, then {new}"
