"""Webhooks for tests: a server that remembers what it was asked, and configurations that name it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import web

from ...callout.backend import bundle, listening
from ...harness import Api

Object = dict[str, Any]
REGISTRATION = "/apis/admissionregistration.k8s.io/v1"
KINDS = {"mutating": "MutatingWebhookConfiguration", "validating": "ValidatingWebhookConfiguration"}
CONFIG_MAPS = {
    "apiGroups": [""],
    "apiVersions": ["v1"],
    "resources": ["configmaps"],
    "operations": ["CREATE"],
}
Decide = Callable[[Object], Object]
"""A request → the rest of its response, or with `raw` bytes what is sent instead."""


class Hooks:
    """The server; paths choose the decision."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[tuple[str, Object]] = []
        """(path, AdmissionReview) in order."""
        self.queries: list[str] = []
        self.decisions: dict[str, Decide] = {}
        self.hold = asyncio.Event()
        """Answers to `/slow` wait for it."""
        self._news = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        review = orjson.loads(await request.read())
        path = request.path.strip("/")
        self.asked.append((path, review))
        self.queries.append(request.query_string)
        self._news.set()
        if path == "slow":
            await self.hold.wait()
        decide = self.decisions.get(path)
        said: Object = decide(review["request"]) if decide else {"allowed": True}
        if "raw" in said:
            status, headers = said.get("code", 200), said.get("headers") or {}
            return web.Response(body=said["raw"], status=status, content_type="text/plain", headers=headers)
        response = {"uid": review["request"]["uid"], **said}
        body = {"kind": review["kind"], "apiVersion": review["apiVersion"], "response": response}
        return web.Response(body=orjson.dumps(body), content_type="application/json")

    def hook(self, path: str, **more: Any) -> Object:
        """A webhook `PATH.example.com` at that path, asked about new ConfigMaps."""
        client = {"url": f"https://127.0.0.1:{self.port}/{path}", "caBundle": bundle()}
        defaults = {
            "name": f"{path}.example.com",
            "clientConfig": client,
            "rules": [CONFIG_MAPS],
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        }
        return {**defaults, **more}

    async def seen(self, count: int) -> None:
        """Returns when so many questions have come."""
        while len(self.asked) < count:
            self._news.clear()
            await self._news.wait()

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def request(self, index: int = -1) -> Object:
        """The AdmissionRequest of a call."""
        found: Object = self.asked[index][1]["request"]
        return found


@asynccontextmanager
async def serving_hooks() -> AsyncIterator[Hooks]:
    hooks = Hooks()
    async with listening(hooks.answer) as port:
        hooks.port = port
        try:
            yield hooks
        finally:
            hooks.hold.set()


async def configure(api: Api, mode: str, *hooks: Object, name: str = "hooks") -> None:
    """A configuration (`mutating` or `validating`) of these hooks."""
    body = {"kind": KINDS[mode], "metadata": {"name": name}, "webhooks": list(hooks)}
    body["apiVersion"] = "admissionregistration.k8s.io/v1"
    await api.create(f"{REGISTRATION}/{mode}webhookconfigurations", body)


def rule(resource: str, *operations: str, group: str = "", version: str = "v1", **more: Any) -> Object:
    names = {"apiGroups": [group], "apiVersions": [version], "resources": [resource]}
    return {**names, "operations": list(operations or ("CREATE",)), **more}


def patching(*operations: Object) -> Decide:
    """Allows with a JSON patch."""
    patch = base64.b64encode(orjson.dumps(list(operations))).decode()
    return lambda asked: {"allowed": True, "patch": patch, "patchType": "JSONPatch"}


def setting(key: str, value: str) -> Decide:
    """Adds a datum to a ConfigMap."""

    def decide(asked: Object) -> Object:
        data = {**(asked["object"].get("data") or {}), key: value}
        return patching({"op": "add", "path": "/data", "value": data})(asked)

    return decide


def denying(message: str = "", **status: Any) -> Decide:
    return lambda asked: {"allowed": False, "status": {**({"message": message} if message else {}), **status}}
