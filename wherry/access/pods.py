"""The pods behind what a user names: `NAME`, `pod/NAME`, a workload or Service such as `deployment/NAME`."""

from __future__ import annotations

from typing import Any

from ..apimachinery import labels
from ..client.client import Client
from ..client.resources import PODS
from ..errors import CliError
from . import kinds, refs

Object = dict[str, Any]


async def behind(client: Client, word: str, namespace: str) -> list[Object]:
    """At least one pod, the ready ones first; CliError when there is none."""
    if "/" not in word:
        return [await client.get(PODS, word, namespace)]
    ref = refs.parse(await kinds.discover(client), [word])[0]
    obj = await client.get(ref.kind.resource, ref.name, namespace)
    if ref.kind.kind == "Pod":
        return [obj]
    found = await client.list(PODS, namespace, label_selector=_selector(obj, word))
    if not found["items"]:
        raise CliError(f"{word} has no pods")
    return sorted(found["items"], key=lambda pod: (not _ready(pod), pod["metadata"]["name"]))


def _selector(obj: Object, word: str) -> str:
    selector = (obj.get("spec") or {}).get("selector")
    if not selector:
        raise CliError(f"{word} has no selector: name a pod")
    modern = "matchLabels" in selector or "matchExpressions" in selector
    chosen = labels.from_label_selector(selector) if modern else labels.from_map(selector)
    return str(chosen)


def _ready(pod: Object) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def container(pod: Object, wanted: str) -> str:
    """The one named, the pod's default one, or the first. CliError lists what there is."""
    spec = pod["spec"]
    parts = ("initContainers", "containers", "ephemeralContainers")
    names = [c["name"] for part in parts for c in spec.get(part) or ()]
    if wanted:
        if wanted not in names:
            text = f"pod {pod['metadata']['name']} has no container {wanted}: it has {', '.join(names)}"
            raise CliError(text)
        return wanted
    default = (pod["metadata"].get("annotations") or {}).get("kubectl.kubernetes.io/default-container", "")
    return default if default in names else str(spec["containers"][0]["name"])
