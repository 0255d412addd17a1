"""What makes the API server hand metrics.k8s.io on to us: a Service, its endpoint, an APIService."""

from __future__ import annotations

import base64
import logging
from typing import Any

from ..apimachinery.clock import Clock
from ..apimachinery.errors import StatusError
from ..apimachinery.gvk import GroupVersionResource
from ..client.client import Client
from ..client.errors import Unreachable
from ..client.resources import ENDPOINTSLICES, SERVICES
from . import objects

Object = dict[str, Any]
NAMESPACE, NAME = "kube-system", "metrics-server"
HOST = f"{NAME}.{NAMESPACE}.svc"
PORT = 443
LABELS = {"k8s-app": NAME}
APISERVICES = GroupVersionResource("apiregistration.k8s.io", "v1", "apiservices", False)
PERIOD = 30.0
"""Seconds between two looks at whether all is still there."""
RETRY = 0.5
_log = logging.getLogger(__name__)


def wanted(address: str, port: int, authority: bytes) -> list[tuple[GroupVersionResource, Object]]:
    """The objects, in the order they are made."""
    meta = {"namespace": NAMESPACE, "labels": LABELS}
    service = {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {"name": NAME, **meta},
        "spec": {"ports": [{"name": "https", "port": PORT, "protocol": "TCP", "targetPort": port}]},
    }
    endpoint = {
        "kind": "EndpointSlice",
        "apiVersion": "discovery.k8s.io/v1",
        "metadata": {
            "name": NAME,
            "namespace": NAMESPACE,
            "labels": {**LABELS, "kubernetes.io/service-name": NAME},
        },
        "addressType": "IPv4",
        "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
    }
    registered = {
        "kind": "APIService",
        "apiVersion": "apiregistration.k8s.io/v1",
        "metadata": {"name": f"{objects.VERSION}.{objects.GROUP}", "labels": LABELS},
        "spec": {
            "group": objects.GROUP,
            "version": objects.VERSION,
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "caBundle": base64.b64encode(authority).decode(),
            "service": {"namespace": NAMESPACE, "name": NAME, "port": PORT},
        },
    }
    return [(SERVICES, service), (ENDPOINTSLICES, endpoint), (APISERVICES, registered)]


async def keep(client: Client, clock: Clock, found: list[tuple[GroupVersionResource, Object]]) -> None:
    """Applies the objects now and then, until cancelled: an API server may have lost them."""
    while True:
        wait = PERIOD
        try:
            for r, obj in found:
                meta = obj["metadata"]
                await client.patch(
                    r,
                    meta["name"],
                    obj,
                    meta.get("namespace", ""),
                    kind="apply",
                    field_manager=NAME,
                    force=True,
                )
        except (StatusError, Unreachable) as error:
            _log.info("registration: %s", error)
            wait = RETRY
        await clock.sleep(wait)
