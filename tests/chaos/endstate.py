"""What must hold once everything has come to rest: each function gives what is wrong, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wherry.apimachinery import quantity

from tests.chaos import workloads
from tests.chaos.facts import controller_of, ended, is_ready, name_of, owned
from tests.chaos.record import Record

Object = dict[str, Any]
STORED = (
    "pods",
    "replicationcontrollers",
    "replicasets.apps",
    "deployments.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "controllerrevisions.apps",
    "jobs.batch",
    "cronjobs.batch",
    "persistentvolumeclaims",
    "persistentvolumes",
    "endpointslices.discovery.k8s.io",
    "endpoints",
    "services",
    "ipaddresses.networking.k8s.io",
    "poddisruptionbudgets.policy",
    "horizontalpodautoscalers.autoscaling",
    "serviceaccounts",
    "configmaps",
    "namespaces",
    "leases.coordination.k8s.io",
)


def problems(world: Record) -> list[str]:
    """Everything that is wrong now."""
    checks = (
        dangling,
        leftovers,
        homeless,
        pods,
        workloads.replicas,
        workloads.deployments,
        workloads.stateful_sets,
        workloads.daemon_sets,
        workloads.jobs,
        workloads.budgets,
        volumes,
        slices,
        addresses,
        quotas,
    )
    return [f"{check.__name__}: {found}" for check in checks for found in check(world)]


def dangling(world: Record) -> Iterator[str]:
    """Objects whose owner is gone."""
    everything = [obj for resource in STORED for obj in world.objects(resource)]
    everything += [
        obj for resource in ("nodes", "customresourcedefinitions") for obj in world.objects(resource)
    ]
    uids = {obj["metadata"]["uid"] for obj in everything}
    for obj in everything:
        for reference in obj["metadata"].get("ownerReferences") or ():
            if reference["uid"] not in uids:
                yield f"{name_of(obj)} is owned by {reference['kind']} {reference['name']}, which is gone"


def leftovers(world: Record) -> Iterator[str]:
    """Objects that were deleted and are still there."""
    for resource in STORED:
        for obj in world.objects(resource):
            if "deletionTimestamp" in obj["metadata"]:
                yield f"{name_of(obj)} is still there: {obj['metadata'].get('finalizers')}"


def homeless(world: Record) -> Iterator[str]:
    """Objects in namespaces that do not exist."""
    known = {obj["metadata"]["name"] for obj in world.objects("namespaces")} | {""}
    for resource in (*STORED, "events"):
        for obj in world.objects(resource):
            if obj["metadata"].get("namespace", "") not in known:
                yield name_of(obj)


def pods(world: Record) -> Iterator[str]:
    """Every pod has an owner here, a node, and runs or has run; finished ones are held by nobody."""
    for pod in world.objects("pods"):
        if not controller_of(pod):
            yield f"{name_of(pod)} has no owner"
        if not pod["spec"].get("nodeName"):
            yield f"{name_of(pod)} has no node: {pod['status']}"
        elif not ended(pod) and not is_ready(pod):
            yield f"{name_of(pod)} is not ready: {pod['status'].get('phase')}"
        if ended(pod) and pod["metadata"].get("finalizers"):
            yield f"{name_of(pod)} has ended with {pod['metadata']['finalizers']}"


def volumes(world: Record) -> Iterator[str]:
    """Claims and volumes name each other."""
    claims = {
        f"{c['metadata']['namespace']}/{c['metadata']['name']}": c
        for c in world.objects("persistentvolumeclaims")
    }
    volumes = {v["metadata"]["name"]: v for v in world.objects("persistentvolumes")}
    for key, claim in claims.items():
        if workloads.is_abandoned(claim):
            continue
        volume = volumes.get(claim["spec"].get("volumeName", ""))
        reference = (volume or {}).get("spec", {}).get("claimRef") or {}
        if claim["status"].get("phase") != "Bound" or reference.get("uid") != claim["metadata"]["uid"]:
            yield f"claim {key} is {claim['status'].get('phase')} to {reference}"
    for name, volume in volumes.items():
        reference = volume["spec"].get("claimRef")
        phase = volume["status"].get("phase")
        bound = reference and claims.get(f"{reference['namespace']}/{reference['name']}", {})
        alive = bool(bound) and bound["metadata"]["uid"] == reference.get("uid")
        if phase != ("Available" if not reference else "Bound" if alive else "Released"):
            yield f"volume {name} is {phase} with {reference}"


def slices(world: Record) -> Iterator[str]:
    """Each service's ready pods are in its EndpointSlices and its Endpoints, and nothing else."""
    for service in world.objects("services"):
        selector = service["spec"].get("selector")
        if not selector:
            continue
        meta = service["metadata"]
        chosen = [
            pod["status"]["podIP"]
            for pod in world.objects("pods")
            if pod["metadata"]["namespace"] == meta["namespace"]
            and selector.items() <= (pod["metadata"].get("labels") or {}).items()
            and is_ready(pod)
        ]
        told = [
            address
            for found in owned(world, "endpointslices.discovery.k8s.io", service)
            for endpoint in found.get("endpoints") or ()
            for address in endpoint["addresses"]
        ]
        if sorted(chosen) != sorted(told):
            yield f"{name_of(service)}: ready {sorted(chosen)}, told {sorted(told)}"
        legacy = [
            address["ip"]
            for found in world.objects("endpoints")
            if (found["metadata"]["namespace"], found["metadata"]["name"])
            == (meta["namespace"], meta["name"])
            for subset in found.get("subsets") or ()
            for address in subset.get("addresses") or ()
        ]
        if sorted(chosen) != sorted(legacy):
            yield f"{name_of(service)}: ready {sorted(chosen)}, Endpoints {sorted(legacy)}"


def addresses(world: Record) -> Iterator[str]:
    """One IPAddress per ClusterIP."""
    ips = [ip for s in world.objects("services") for ip in s["spec"].get("clusterIPs", ()) if ip != "None"]
    kept = [a["metadata"]["name"] for a in world.objects("ipaddresses.networking.k8s.io")]
    if sorted(ips) != sorted(kept):
        yield f"services have {sorted(ips)}, kept are {sorted(kept)}"


def quotas(world: Record) -> Iterator[str]:
    for obj in world.objects("resourcequotas"):
        namespace = obj["metadata"]["namespace"]

        def here(resource: str, namespace: str = namespace) -> list[Object]:
            return [o for o in world.objects(resource) if o["metadata"]["namespace"] == namespace]

        real = {
            "pods": sum(not ended(p) for p in here("pods")),
            "services": len(here("services")),
            "count/replicasets.apps": len(here("replicasets.apps")),
            "count/jobs.batch": len(here("jobs.batch")),
        }
        used = {name: int(quantity.whole(text)) for name, text in obj["status"]["used"].items()}
        if used != real:
            yield f"{name_of(obj)} says {used}, there are {real}"
