"""What must hold of workloads at rest: each function gives what is wrong, in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from tests.chaos.facts import controller_of, ended, image_of, is_released, name_of, owned
from tests.chaos.record import Record
from tests.chaos.things import ENDLESS

Object = dict[str, Any]


def replicas(world: Record) -> Iterator[str]:
    """ReplicaSets and ReplicationControllers have exactly their pods, and say so."""
    for resource in ("replicasets.apps", "replicationcontrollers"):
        for obj in world.objects(resource):
            count, wanted = len(owned(world, "pods", obj)), obj["spec"]["replicas"]
            told = [obj["status"].get(f, 0) for f in ("replicas", "readyReplicas", "availableReplicas")]
            if count != wanted or told != [wanted] * 3:
                yield f"{name_of(obj)} wants {wanted}, has {count}, says {told}"


def deployments(world: Record) -> Iterator[str]:
    """All pods are of the newest template; old ReplicaSets are empty and not too many. One that was orphaned,
    and not yet adopted when the controller wanted to make it, has an empty twin: so it does upstream."""
    for obj in world.objects("deployments.apps"):
        wanted, image = obj["spec"]["replicas"], image_of(obj)
        sets = owned(world, "replicasets.apps", obj)
        current = [s for s in sets if image_of(s) == image]
        adopted = any(_made(s) < _made(obj) for s in current)
        if not current or (len(current) > 1 and not adopted):
            yield f"{name_of(obj)} has {len(current)} ReplicaSets of its template"
        if sorted(s["spec"]["replicas"] for s in current) != [0] * (len(current) - 1) + [wanted]:
            yield f"{name_of(obj)} wants {wanted}: {[s['spec']['replicas'] for s in current]}"
        if any(s["spec"]["replicas"] for s in sets if s not in current):
            yield f"{name_of(obj)} has old pods"
        if len(sets) > 1 + obj["spec"]["revisionHistoryLimit"]:
            yield f"{name_of(obj)} keeps {len(sets)} ReplicaSets"
        told = [obj["status"].get(f, 0) for f in ("replicas", "updatedReplicas", "availableReplicas")]
        if told != [wanted] * 3 or obj["status"]["observedGeneration"] != obj["metadata"]["generation"]:
            yield f"{name_of(obj)} wants {wanted}, says {told}"


def _made(obj: Object) -> str:
    return str(obj["metadata"]["creationTimestamp"])


def stateful_sets(world: Record) -> Iterator[str]:
    kept = kept_claims(world)
    for obj in world.objects("statefulsets.apps"):
        name, wanted = obj["metadata"]["name"], obj["spec"]["replicas"]
        found = owned(world, "pods", obj)
        names = sorted(p["metadata"]["name"] for p in found)
        if names != [f"{name}-{n}" for n in range(wanted)]:
            yield f"{name_of(obj)} wants {wanted} and has {names}"
        if any(image_of(p) != image_of(obj) for p in found):
            yield f"{name_of(obj)} has old pods"
        claims = {
            c["metadata"]["name"]
            for c in world.objects("persistentvolumeclaims")
            if c["metadata"]["name"].startswith(f"data-{name}-") and not is_abandoned(c)
        }
        needed = {f"data-{name}-{n}" for n in range(wanted)}
        if not needed <= claims <= needed | kept:
            yield f"{name_of(obj)} wants {wanted} claims and has {sorted(claims)}"
        yield from revisions(world, obj)


def kept_claims(world: Record) -> set[str]:
    """Claims of pods that were not there when their set was scaled down below them: they stay, as upstream's
    do, which goes by the pods that it deletes."""
    found: set[str] = set()
    there: set[str] = set()
    for commit in world.history:
        obj, before = commit.obj, commit.before
        if commit.resource == "pods":
            name = (obj or before or {})["metadata"]["name"]
            alive = obj is not None and not ended(obj) and "deletionTimestamp" not in obj["metadata"]
            (there.add if alive else there.discard)(name)
        elif commit.resource == "statefulsets.apps" and obj and before:
            name, now = obj["metadata"]["name"], obj["spec"]["replicas"]
            missing = {n for n in range(now, before["spec"]["replicas"]) if f"{name}-{n}" not in there}
            found |= {f"data-{name}-{n}" for n in missing}
    return found


def is_abandoned(claim: Object) -> bool:
    """Whether a set made it for a pod that it then did not make, because it was deleted or scaled down first.
    Such claims stay, as upstream's do: a claim gets its owner when its pod is there."""
    return claim["status"].get("phase") == "Pending" and not claim["metadata"].get("ownerReferences")


def revisions(world: Record, obj: Object) -> Iterator[str]:
    found = owned(world, "controllerrevisions.apps", obj)
    numbers = [r["revision"] for r in found]
    if not 1 <= len(found) <= obj["spec"]["revisionHistoryLimit"] + 2 or len(set(numbers)) != len(numbers):
        yield f"{name_of(obj)} has revisions {sorted(numbers)}"


def daemon_sets(world: Record) -> Iterator[str]:
    nodes = sorted(n["metadata"]["name"] for n in world.objects("nodes"))
    for obj in world.objects("daemonsets.apps"):
        found = owned(world, "pods", obj)
        if sorted(p["spec"].get("nodeName", "") for p in found) != nodes:
            yield f"{name_of(obj)} runs on {[p['spec'].get('nodeName') for p in found]}"
        if any(image_of(p) != image_of(obj) for p in found):
            yield f"{name_of(obj)} has old pods"
        told = [
            obj["status"].get(f, 0)
            for f in ("currentNumberScheduled", "numberReady", "updatedNumberScheduled")
        ]
        if told != [len(nodes)] * 3:
            yield f"{name_of(obj)} says {told}"
        yield from revisions(world, obj)


def jobs(world: Record) -> Iterator[str]:
    """At their end, with each completion counted once and every pod counted that was not deleted: of those,
    what still runs when the Job is complete is not."""
    made = Counter(
        controller_of(c.obj) for c in world.history if c.resource == "pods" and c.obj and c.before is None
    )
    deleted: dict[str, set[str]] = defaultdict(set)
    for c in world.history:
        if (
            c.resource == "pods"
            and c.obj
            and ("deletionTimestamp" in c.obj["metadata"] or is_released(c.obj))
        ):
            deleted[controller_of(c.obj)].add(c.obj["metadata"]["name"])
    for obj in world.objects("jobs.batch"):
        status = obj["status"]
        if not _is_over(obj) or any(status.get(count) for count in ("active", "ready", "terminating")):
            yield f"{name_of(obj)} wants {obj['spec']['completions']}: {status}"
        uncounted = status.get("uncountedTerminatedPods") or {}
        if any(uncounted.values()):
            yield f"{name_of(obj)} has not counted {uncounted}"
        uid, counted = obj["metadata"]["uid"], status.get("succeeded", 0) + status.get("failed", 0)
        if not made[uid] - len(deleted[uid]) <= counted <= made[uid]:
            yield f"{name_of(obj)} made {made[uid]} pods, lost {deleted[uid]} and counted {counted}"


def _is_over(job: Object) -> bool:
    """Complete; or Failed, if it may."""
    spec, status = job["spec"], job["status"]
    kinds = {c["type"] for c in status.get("conditions", ()) if c["status"] == "True"}
    if "Failed" in kinds:
        stops = spec.keys() & {"activeDeadlineSeconds", "backoffLimitPerIndex"}
        return "Complete" not in kinds and (bool(stops) or spec["backoffLimit"] < ENDLESS)
    enough = status.get("succeeded", 0) >= (1 if "successPolicy" in spec else spec["completions"])
    return "Complete" in kinds and enough and status["succeeded"] <= spec["completions"]


def budgets(world: Record) -> Iterator[str]:
    """What they say of the pods they select, all of which are healthy now."""
    for obj in world.objects("poddisruptionbudgets.policy"):
        labels, namespace = obj["spec"]["selector"]["matchLabels"], obj["metadata"]["namespace"]
        count = sum(
            p["metadata"]["namespace"] == namespace
            and labels.items() <= (p["metadata"].get("labels") or {}).items()
            for p in world.objects("pods")
        )
        said = [obj["status"][f] for f in ("expectedPods", "currentHealthy", "desiredHealthy")]
        allowed = obj["status"]["disruptionsAllowed"]
        if said != [count, count, max(0, count - 1)] or allowed != min(count, 1):
            yield f"{name_of(obj)} has {count} pods, says {said} and allows {allowed}"
        if obj["status"].get("disruptedPods"):
            yield f"{name_of(obj)} waits for {obj['status']['disruptedPods']}"
