"""Schemas of the options of connections: no published schema has them, as clients give them in a query.

Source: core/v1 PodExecOptions and its like.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ....apimachinery.gvk import GroupVersionKind
from ....apimachinery.schema.structural import CustomSchema

_FLAG: dict[str, Any] = {"type": "boolean"}
_TEXT: dict[str, Any] = {"type": "string"}
_STREAM = {"stdin": _FLAG, "stdout": _FLAG, "stderr": _FLAG, "tty": _FLAG, "container": _TEXT}
_PATH = {"path": _TEXT}
FIELDS: dict[str, dict[str, Any]] = {
    "PodAttachOptions": _STREAM,
    "PodExecOptions": {**_STREAM, "command": {"type": "array", "items": _TEXT}},
    "PodPortForwardOptions": {"ports": {"type": "array", "items": {"type": "integer"}}},
    "PodProxyOptions": _PATH,
    "ServiceProxyOptions": _PATH,
    "NodeProxyOptions": _PATH,
}


@cache
def schema(gvk: GroupVersionKind) -> CustomSchema:
    return CustomSchema({"type": "object", "properties": FIELDS[gvk.kind]}, gvk)
