"""Default FlowSchemas and PriorityLevelConfigurations, from `flow_control.json`."""

from __future__ import annotations

from importlib import resources

import orjson

from ..registry.strategy import Object
from .default import Default, metadata

GROUP = "flowcontrol.apiserver.k8s.io"
API_VERSION = f"{GROUP}/v1"
AUTOUPDATE = "apf.kubernetes.io/autoupdate-spec"


def defaults(now: str) -> list[Default]:
    """`now` is the RFC 3339 time of the schemas' conditions."""
    data = orjson.loads(resources.files(__package__).joinpath("flow_control.json").read_bytes())
    levels = [
        Default(
            group=GROUP,
            resource="prioritylevelconfigurations",
            obj=_object("PriorityLevelConfiguration", name, spec),
            merge=_merge,
        )
        for name, spec in data["priorityLevels"].items()
    ]
    schemas = [
        Default(
            group=GROUP,
            resource="flowschemas",
            obj=_object("FlowSchema", name, spec),
            status=_found_status(spec["priorityLevelConfiguration"]["name"], now),
            merge=_merge,
        )
        for name, spec in data["flowSchemas"].items()
    ]
    return levels + schemas


def _object(kind: str, name: str, spec: Object) -> Object:
    return {
        "kind": kind,
        "apiVersion": API_VERSION,
        "metadata": metadata(name, annotations={AUTOUPDATE: "true"}),
        "spec": spec,
    }


def _found_status(level: str, now: str) -> Object:
    message = (
        f'This FlowSchema references the PriorityLevelConfiguration object named "{level}" and it exists'
    )
    condition = {
        "type": "Dangling",
        "status": "False",
        "lastTransitionTime": now,
        "reason": "Found",
        "message": message,
    }
    return {"conditions": [condition]}


def _merge(found: Object, wanted: Object) -> Object | None:
    """The spec is put back unless its annotation says that it is somebody's own."""
    if (found["metadata"].get("annotations") or {}).get(AUTOUPDATE) != "true" or found["spec"] == wanted[
        "spec"
    ]:
        return None
    return {**found, "spec": wanted["spec"]}
