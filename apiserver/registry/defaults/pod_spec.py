"""Defaults of pods and pod templates beyond the schema's literals."""

from __future__ import annotations

from typing import Any

from ..validation.pod_resources import container_totals
from ..validation.resources import HUGE_PAGES
from ..validation.volumes import SOURCES
from .images import pull_policy
from .resources import round_up

Object = dict[str, Any]

KINDS = ("containers", "initContainers", "ephemeralContainers")
_SOURCE_NAMES = frozenset(source.name for source in SOURCES)
POD_LEVEL = ("cpu", "memory")


def default_pod_spec(spec: Object) -> None:
    """What a template and a pod have in common."""
    for kind in KINDS:
        for container in spec.get(kind) or ():
            _container(container)
    for volume in spec.get("volumes") or ():
        _volume(volume)
    sync_service_account(spec)
    if "overhead" in spec:
        round_up(spec["overhead"])


def default_pod(pod: Object) -> None:
    """A pod also takes requests from limits and host ports from the host's network."""
    spec = pod.get("spec")
    if spec is None:
        return
    for kind in ("containers", "initContainers"):
        for container in spec.get(kind) or ():
            resources = container.get("resources")
            if resources:
                _requests_from_limits(resources)
            if spec.get("hostNetwork"):
                _host_ports(container)
    if spec.get("resources"):
        _pod_page_limits(spec)
        _pod_requests(spec)
    default_pod_spec(spec)


def _container(container: Object) -> None:
    if not container.get("imagePullPolicy"):
        container["imagePullPolicy"] = pull_policy(container.get("image", ""))
    resources = container.get("resources")
    if resources:
        round_up(resources.get("limits"))
        round_up(resources.get("requests"))


def _volume(volume: Object) -> None:
    if "image" in volume:
        image = volume["image"]
        if not image.get("pullPolicy"):
            image["pullPolicy"] = pull_policy(image.get("reference", ""))
    elif len(volume) <= 1 and not _SOURCE_NAMES.intersection(volume):
        volume["emptyDir"] = {}


def sync_service_account(spec: Object) -> None:
    """The old field follows the new one, or stands in for it."""
    name = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if name:
        spec["serviceAccountName"] = spec["serviceAccount"] = name


def _requests_from_limits(resources: Object) -> None:
    limits = resources.get("limits")
    if not limits:
        return
    requests = resources.setdefault("requests", {})
    for name, amount in limits.items():
        requests.setdefault(name, amount)


def _host_ports(container: Object) -> None:
    for port in container.get("ports") or ():
        if not port.get("hostPort"):
            port["hostPort"] = port.get("containerPort", 0)


def _pod_requests(spec: Object) -> None:
    """Where a pod has limits of its own, its requests default to what its containers request together,
    then to those limits."""
    own = spec["resources"]
    limits = own.get("limits")
    if not limits:
        return
    requests: dict[str, str] = dict(own.get("requests") or {})
    for name, total in container_totals(spec, "requests").items():
        if name not in requests and name in POD_LEVEL:
            requests[name] = total.format()
    for name, amount in limits.items():
        if name not in requests and (name in POD_LEVEL or name.startswith(HUGE_PAGES)):
            requests[name] = amount
    if requests:
        own["requests"] = requests


def _pod_page_limits(spec: Object) -> None:
    """Where a pod has resources of its own, its huge pages are limited to what its containers' limits are
    together."""
    own = spec["resources"]
    requests, limits = own.get("requests") or {}, own.get("limits") or {}
    if not requests and not limits:
        return
    totals = container_totals(spec, "limits")
    pages = {name: total.format() for name, total in totals.items() if name.startswith(HUGE_PAGES)}
    added = {name: amount for name, amount in pages.items() if name not in requests and name not in limits}
    if added:
        own["limits"] = {**limits, **added}
