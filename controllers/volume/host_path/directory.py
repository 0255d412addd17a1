"""Has the node that holds a volume's directory remove it, by way of the API server (`nodes/NAME/proxy`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....apimachinery import volumes as rules
from ....client.client import Client, object_path
from ....client.errors import Unreachable, from_answer
from ....client.resources import NODES

Object = dict[str, Any]
SIMULATED = "wherry-simulated:"


async def remove(client: Client, volume: Object, node_of: Callable[[str], Object | None]) -> None:
    """Returns when the directory is gone, if there was one. Raises Unreachable: it may still be there."""
    source = volume["spec"].get("csi") or {}
    name = (source.get("volumeAttributes") or {}).get(rules.HOST_PATH_NODE, "")
    handle = source.get("volumeHandle", "")
    node = node_of(name)
    if node is None or _is_simulated(node) or not rules.is_handle(handle):
        # The data went with its node; simulated nodes never had any; what is no handle no node has made, and
        # it would lead to other paths of the node.
        return
    path = object_path(NODES, "", name, f"proxy/volumes/{handle}")
    code, _, body = await client.raw("DELETE", path)
    if code >= 300:
        raise Unreachable(f"rpc error: code = Unavailable desc = node {name}: {from_answer(code, body)}")


def _is_simulated(node: Object) -> bool:
    info = (node.get("status") or {}).get("nodeInfo") or {}
    return str(info.get("containerRuntimeVersion", "")).startswith(SIMULATED)
