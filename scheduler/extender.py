"""One server outside that has a say in where pods go: what it is asked over HTTP, and what its answers mean.

Source: kube-scheduler 1.36 (`k8s.io/kube-scheduler/extender/v1`, whose fields have no JSON names of their
own: they are written as in Go and read in whatever case).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import aiohttp
import orjson
from pydantic import BaseModel

from ..client.client import Client
from ..client.errors import Unreachable
from .config import model
from .config.target import target
from .contract import Reject
from .extender_answers import Bound, Filtered, Malformed, NodeVictims, Preempted, Scores, read
from .node import NodeInfo
from .pod import PodInfo

Object = dict[str, Any]
NodeObject = Callable[[str], Object | None]

TIMEOUT_SECONDS = 5.0
M = TypeVar("M", bound=BaseModel)


class ExtenderError(Exception):
    """What went wrong, in upstream's words."""


class Victims(NamedTuple):
    """The pods to go from one node, and how many of them against their disruption budget."""

    pods: Sequence[PodInfo]
    violations: int


class Extender:
    """`async with` opens its connections, or raises ConfigError when a file of its TLS cannot be read.
    `node_object` gives nodes as the API has them."""

    def __init__(self, config: model.Extender, node_object: NodeObject) -> None:
        self.name = config.url_prefix
        self.ignorable = config.ignorable
        self.weight = config.weight
        self.filters = bool(config.filter_verb)
        self.scores = bool(config.prioritize_verb)
        self.preempts = bool(config.preempt_verb)
        self.binds = bool(config.bind_verb)
        self._config = config
        self._managed = frozenset(resource.name for resource in config.managed_resources)
        self._node_object = node_object
        self._client = Client(target(config))

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    def interested(self, pod: PodInfo) -> bool:
        """Whether the pod asks for one of the resources that it manages; without any, all pods are its."""
        if not self._managed:
            return True
        spec = pod.obj["spec"]
        for container in (*spec["containers"], *(spec.get("initContainers") or ())):
            asked = container.get("resources") or {}
            for part in ("requests", "limits"):
                if not self._managed.isdisjoint(asked.get(part) or ()):
                    return True
        return False

    async def filter(self, pod: PodInfo, nodes: Sequence[NodeInfo]) -> dict[str, Reject]:
        """The nodes that are out, and why. Raises ExtenderError."""
        found = await self._send(self._config.filter_verb, self._question(pod, nodes), Filtered)
        if found.error:
            raise ExtenderError(found.error)
        left = self._left(found, {node.name for node in nodes})
        return {node.name: self._reject(node.name, found) for node in nodes if node.name not in left}

    async def prioritize(self, pod: PodInfo, nodes: Sequence[NodeInfo]) -> dict[str, int]:
        """Scores of nodes, as they were given (0 to 10). Raises ExtenderError."""
        found = await self._send(self._config.prioritize_verb, self._question(pod, nodes), Scores)
        scores: dict[str, int] = {}
        for one in found.root or ():
            scores[one.host] = scores.get(one.host, 0) + one.score
        return scores

    async def preempt(
        self, pod: PodInfo, plans: Mapping[str, Victims], known: Mapping[str, NodeInfo]
    ) -> dict[str, Victims]:
        """What it makes of plans, by node; `known` are the nodes there are. Raises ExtenderError."""
        meta = self._config.node_cache_capable
        told = {node: _told(victims, meta=meta) for node, victims in plans.items()}
        question = {
            "Pod": pod.obj,
            "NodeNameToVictims": None if meta else told,
            "NodeNameToMetaVictims": told if meta else None,
        }
        found = await self._send(self._config.preempt_verb, question, Preempted)
        left = found.nodenametometavictims.items()
        return {node: self._victims(node, victims, known) for node, victims in left}

    async def bind(self, pod: PodInfo, node: str) -> None:
        """Raises ExtenderError."""
        question = {
            "PodName": pod.name,
            "PodNamespace": pod.namespace,
            "PodUID": pod.uid,
            "Node": node,
        }
        found = await self._send(self._config.bind_verb, question, Bound)
        if found.error:
            raise ExtenderError(found.error)

    def _question(self, pod: PodInfo, nodes: Sequence[NodeInfo]) -> Object:
        if self._config.node_cache_capable:
            return {"Pod": pod.obj, "Nodes": None, "NodeNames": [node.name for node in nodes]}
        objects = [obj for node in nodes if (obj := self._node_object(node.name)) is not None]
        return {"Pod": pod.obj, "Nodes": {"metadata": {}, "items": objects}, "NodeNames": None}

    def _left(self, found: Filtered, asked: set[str]) -> set[str]:
        names = found.nodenames
        if not self._config.node_cache_capable or names is None:
            names = [node.metadata.name for node in found.nodes.items] if found.nodes else []
        for name in names:
            if name not in asked:
                raise ExtenderError(
                    f'extender "{self.name}" claims a filtered node "{name}" which is not found in the '
                    "input node list"
                )
        return set(names)

    def _reject(self, node: str, found: Filtered) -> Reject:
        hopeless, hopeful = found.failedandunresolvablenodes, found.failednodes
        reason = hopeless.get(node) or hopeful.get(node)
        return Reject(self.name, (reason,) if reason else (), node in hopeful and node not in hopeless)

    def _victims(self, node: str, told: NodeVictims | None, known: Mapping[str, NodeInfo]) -> Victims:
        if node not in known:
            raise ExtenderError(f'nodeinfo not found for node name "{node}"')
        there = {pod.uid: pod for pod in known[node].pods.values()}
        pods = []
        for victim in told.pods if told else ():
            if victim.uid not in there:
                raise ExtenderError(
                    f"extender: {self.name} claims to preempt pod (UID: &{{{victim.uid}}}) on node: {node}, "
                    "but the pod is not found on that node"
                )
            pods.append(there[victim.uid])
        return Victims(pods, told.numpdbviolations if told else 0)

    async def _send(self, verb: str, question: Object, kind: type[M]) -> M:
        path = f"/{verb}"
        url = self._client.config.server + path
        limit = self._config.http_timeout or TIMEOUT_SECONDS
        headers = {"Content-Type": "application/json"}
        try:
            async with asyncio.timeout(limit):
                code, _, body = await self._client.raw(
                    "POST", path, body=orjson.dumps(question), headers=headers
                )
        except Unreachable as error:
            raise ExtenderError(f'Post "{url}": {_in_words(error)}') from error
        except TimeoutError:
            waited = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            raise ExtenderError(f'Post "{url}": {waited}') from None
        if code != 200:
            raise ExtenderError(f"failed {verb} with extender at URL {url}, code {code}")
        try:
            return read(kind, orjson.loads(body))
        except ValueError as error:
            raise ExtenderError(f"the answer of the extender at URL {url} is not JSON: {error}") from None
        except Malformed as error:
            raise ExtenderError(f"the answer of the extender at URL {url} is none: {error}") from None


def _in_words(error: Unreachable) -> str:
    """As Go says it when there is no connection."""
    cause = error.__cause__
    if isinstance(cause, aiohttp.ClientConnectorCertificateError):
        reason = getattr(cause.certificate_error, "verify_message", str(cause.certificate_error))
        return f"tls: failed to verify certificate: x509: {reason}"
    if isinstance(cause, aiohttp.ClientSSLError):
        return f"tls: {cause.os_error}"
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return f"dial tcp: lookup {cause.host}: no such host"
    if isinstance(cause, aiohttp.ClientConnectorError) and cause.os_error.errno:
        reason = os.strerror(cause.os_error.errno).lower()
        return f"dial tcp {cause.host}:{cause.port}: connect: {reason}"
    return str(error)


def _told(victims: Victims, *, meta: bool) -> Object:
    pods = [{"UID": pod.uid} if meta else pod.obj for pod in victims.pods]
    return {"Pods": pods, "NumPDBViolations": victims.violations}
