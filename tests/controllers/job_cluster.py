"""Jobs in a cluster of the tests, and a kubelet that is played by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wherry.client.resources import EVENTS, JOBS, PODS

from tests.controllers.cluster import Cluster

Object = dict[str, Any]


def new_job(name: str = "j", **spec: Any) -> Object:
    pod = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "c", "image": "i"}],
    }
    return {
        "kind": "Job",
        "apiVersion": "batch/v1",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"template": {"metadata": {"labels": {"app": "j"}}, "spec": pod}, **spec},
    }


def status(field: str, value: object) -> Callable[[Object], bool]:
    return lambda found: bool(found.get("status", {}).get(field) == value)


def has(kind: str, flag: str = "True") -> Callable[[Object], bool]:
    """Checks for a condition."""

    def check(found: Object) -> bool:
        held = found.get("status", {}).get("conditions", [])
        return any((c["type"], c["status"]) == (kind, flag) for c in held)

    return check


def unfinished(pods: list[Object]) -> list[Object]:
    return [pod for pod in pods if pod["status"].get("phase") == "Pending"]


async def pending(c: Cluster, count: int = 1) -> list[Object]:
    """The pods that wait to run, once there are `count`."""
    return unfinished(await c.until_list(PODS, lambda pods: len(unfinished(pods)) == count))


async def end(c: Cluster, pod: Object, code: int = 0) -> None:
    """The pod's container ends with `code`."""
    phase = "Failed" if code else "Succeeded"
    container = {"name": "c", "image": "i", "imageID": "", "ready": False, "restartCount": 0}
    ended = {**container, "state": {"terminated": {"exitCode": code}}}
    body = {"status": {"phase": phase, "containerStatuses": [ended]}}
    await c.client.patch(PODS, pod["metadata"]["name"], body, "default", subresource="status")


async def events(c: Cluster, *reasons: str, kind: str = "Job") -> list[str]:
    """The messages of the events with these reasons, once all of them have come."""

    def about(found: list[Object]) -> list[Object]:
        return [e for e in found if e["involvedObject"]["kind"] == kind and e["reason"] in reasons]

    found = await c.until_list(EVENTS, lambda all_: {e["reason"] for e in about(all_)} == set(reasons))
    return [e["message"] for e in about(found)]


async def get_job(c: Cluster, name: str = "j") -> Object:
    return await c.client.get(JOBS, name, "default")
