"""Ephemeral containers: they come to a pod that runs already, start once and are never started again."""

from __future__ import annotations

from typing import Any

from . import identity
from .records import Record
from .status import container_status

Object = dict[str, Any]


def added(pod: Object, known: list[Record]) -> list[Record]:
    """Records of the pod's ephemeral containers that have none yet."""
    names = {record.name for record in known}
    specs = pod["spec"].get("ephemeralContainers") or []
    found = [Record(spec, False, ephemeral=True) for spec in specs if spec["name"] not in names]
    for record in found:
        record.user = identity.shown(pod, record.spec)
        record.wait("ContainerCreating")
    return found


def due(records: list[Record]) -> list[Record]:
    """Those that have never been started."""
    return [record for record in records if record.attempt < 0]


def statuses(records: list[Record]) -> list[Object]:
    """core/v1 ContainerStatus, which never calls one of these ready."""
    found = [{**container_status(record), "ready": False} for record in records]
    for status in found:
        del status["started"]
    return found
