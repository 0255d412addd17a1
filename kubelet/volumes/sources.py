"""What is in a configMap, secret, downwardAPI or token source, as files. Source: core/v1 volume sources."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

from ...apimachinery.clock import Clock, parse_rfc3339
from ...apimachinery.errors import StatusError
from ...client.errors import Unreachable
from ...client.resources import CONFIGMAPS, SECRETS, SERVICEACCOUNTS
from ..env.downward import container_resource, pod_field
from ..images.puller import Puller
from ..objects import ObjectStore
from ..worker.host import Waits
from .atomic import File

Object = dict[str, Any]


class Context(NamedTuple):
    """What sources may need."""

    objects: ObjectStore
    clock: Clock
    host_ip: str
    capacity: dict[str, str]
    tokens: dict[tuple[str, str, str], tuple[str, float]]
    """(pod uid, audience, path) -> token and the monotonic second to renew it at."""
    volumes: Path = Path("volumes")
    """Where the node keeps the volumes that are made for claims."""
    node: Callable[[], tuple[str, dict[str, str]]] = lambda: ("", {})
    """The node's name and labels."""
    memory: Path = Path("/dev/shm")
    """A tmpfs for emptyDirs in memory; where there is none they are on the disk."""
    images: Puller | None = None
    """For volumes that are images."""


async def config_map(context: Context, pod: Object, source: Object, mode: int) -> dict[str, File]:
    found = await _read(context, pod, CONFIGMAPS, source.get("name", ""), source)
    data = {k: v.encode() for k, v in ((found or {}).get("data") or {}).items()}
    data |= {k: base64.b64decode(v) for k, v in ((found or {}).get("binaryData") or {}).items()}
    return _select(data, source, mode, "configmap references non-existent config key")


async def secret(context: Context, pod: Object, source: Object, mode: int) -> dict[str, File]:
    name = source.get("secretName") or source.get("name", "")
    found = await _read(context, pod, SECRETS, name, source)
    data = {k: base64.b64decode(v) for k, v in ((found or {}).get("data") or {}).items()}
    return _select(data, source, mode, "references non-existent secret key")


async def _read(context: Context, pod: Object, r: Any, name: str, source: Object) -> Object | None:
    meta = pod["metadata"]
    context.objects.hold(meta["uid"], r, meta["namespace"], name)
    found = await context.objects.get(r, meta["namespace"], name)
    if found is None and not source.get("optional"):
        raise Waits("FailedMount", f'{r.resource.removesuffix("s")} "{name}" not found')
    return found


def _select(data: dict[str, bytes], source: Object, mode: int, absent: str) -> dict[str, File]:
    items = source.get("items")
    if not items:
        return {key: File(value, mode) for key, value in data.items()}
    chosen = {}
    for item in items:
        if item["key"] in data:
            chosen[item["path"]] = File(data[item["key"]], item.get("mode", mode))
        elif not source.get("optional"):
            raise Waits("FailedMount", f"{absent}: {item['key']}")
    return chosen


async def downward(context: Context, pod: Object, source: Object, mode: int) -> dict[str, File]:
    files = {}
    for item in source.get("items") or []:
        if "fieldRef" in item:
            ip = (pod.get("status") or {}).get("podIP", "")
            text = pod_field(pod, item["fieldRef"]["fieldPath"], ip, context.host_ip)
        else:
            text = container_resource(pod, {}, item["resourceFieldRef"], context.capacity)
        files[item["path"]] = File(text.encode(), item.get("mode", mode))
    return files


async def token(context: Context, pod: Object, source: Object, mode: int) -> dict[str, File]:
    """A service account token bound to the pod; asked for anew when 80 % of its life are over."""
    meta = pod["metadata"]
    audience, path = source.get("audience") or "", source["path"]
    key = (meta["uid"], audience, path)
    held = context.tokens.get(key)
    if held is None or context.clock.monotonic() >= held[1]:
        held = context.tokens[key] = await _request_token(context, pod, source, audience)
    user, group = _user(pod), (pod["spec"].get("securityContext") or {}).get("fsGroup")
    # Who is named may read it, and nobody else.
    return {path: File(held[0].encode(), mode if user is None and group is None else 0o600, user or -1)}


def _user(pod: Object) -> int | None:
    """The user of all the pod's containers, if they have the same one."""
    spec = pod["spec"]
    of_pod = spec.get("securityContext") or {}
    containers = [*(spec.get("initContainers") or ()), *spec["containers"]]
    users = {{**of_pod, **(c.get("securityContext") or {})}.get("runAsUser") for c in containers}
    return users.pop() if len(users) == 1 else None


async def _request_token(context: Context, pod: Object, source: Object, audience: str) -> tuple[str, float]:
    meta = pod["metadata"]
    bound = {"apiVersion": "v1", "kind": "Pod", "name": meta["name"], "uid": meta["uid"]}
    seconds = source.get("expirationSeconds") or 3600
    spec: Object = {
        "audiences": [audience] if audience else [],
        "expirationSeconds": seconds,
        "boundObjectRef": bound,
    }
    account = pod["spec"].get("serviceAccountName") or "default"
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    try:
        made = await context.objects.client.create(
            SERVICEACCOUNTS, request, meta["namespace"], subresource="token", name=account
        )
    except (StatusError, Unreachable) as error:
        raise Waits("FailedMount", f"failed to fetch token: {error}") from error
    expires = parse_rfc3339(made["status"]["expirationTimestamp"])
    life = (expires - context.clock.now()).total_seconds()
    return made["status"]["token"], context.clock.monotonic() + life * 0.8


SourceReader = Callable[[Context, Object, Object, int], Awaitable[dict[str, File]]]
SOURCES: dict[str, SourceReader] = {
    "configMap": config_map, "secret": secret, "downwardAPI": downward, "serviceAccountToken": token,
}  # fmt: skip


async def projected(context: Context, pod: Object, source: Object, mode: int) -> dict[str, File]:
    """Several sources in one directory; later ones win."""
    files: dict[str, File] = {}
    for part in source.get("sources") or []:
        for name, value in part.items():
            reader = SOURCES.get(name)
            if reader is None:
                raise Waits("FailedMount", f"projected volume source {name} is not supported")
            files |= await reader(context, pod, value, mode)
    return files


FILES: dict[str, SourceReader] = {
    "configMap": config_map, "secret": secret, "downwardAPI": downward, "projected": projected,
}  # fmt: skip
