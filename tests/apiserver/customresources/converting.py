"""A kind with two versions and the webhook that converts between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from ..callout.backend import bundle, listening
from ..harness import Api, Object, drive
from .widgets import ROOT, define, definition, spec_of, version

TEXT = {"type": "string"}
MERGE = "application/merge-patch+json"
IN_V2 = f"{ROOT}/v2/namespaces/default/widgets"
Answer = Callable[[Object], Any]


def two(**spec: Any) -> Object:
    """v1 has hostPort, v2 has host and port; v1 is stored."""
    return definition(
        version(
            "v1", schema=spec_of(hostPort=TEXT, only1=TEXT), selectableFields=[{"jsonPath": ".spec.hostPort"}]
        ),
        version(
            "v2",
            storage=False,
            schema=spec_of(host=TEXT, port=TEXT),
            selectableFields=[{"jsonPath": ".spec.host"}],
        ),
        **spec,
    )


def translated(obj: Object, wanted: str) -> Object:
    spec = obj.get("spec") or {}
    if wanted.endswith("/v2"):
        host, _, port = spec.get("hostPort", "").partition(":")
        spec = {"host": host, "port": port}
    else:
        spec = {"hostPort": f"{spec.get('host')}:{spec.get('port')}"}
    return {**obj, "apiVersion": wanted, "spec": spec}


def converted(review: Object) -> Object:
    request = review["request"]
    objects = [translated(obj, request["desiredAPIVersion"]) for obj in request["objects"]]
    return {"uid": request["uid"], "result": {"status": "Success"}, "convertedObjects": objects}


def spoilt(change: Callable[[Object], Any]) -> Answer:
    """Converts, and then does this to the first object."""

    def answer(review: Object) -> Object:
        response = converted(review)
        change(response["convertedObjects"][0])
        return response

    return answer


class Hook:
    """A conversion webhook: what it was asked, and what it says."""

    def __init__(self) -> None:
        self.reviews: list[Object] = []
        self.answer: Answer = converted
        self.port = 0
        self.asked = asyncio.Event()
        self.hanging: asyncio.Event | None = None
        """Answers wait for it."""

    async def handle(self, request: web.Request) -> web.Response:
        review = await request.json()
        self.reviews.append(review)
        self.asked.set()
        if self.hanging is not None:
            await self.hanging.wait()
        said = self.answer(review)
        if isinstance(said, bytes):
            return web.Response(body=said, content_type="application/json")
        return web.json_response(
            {"kind": review["kind"], "apiVersion": review["apiVersion"], "response": said}
        )

    def definition(self, *versions: str) -> Object:
        client = {"url": f"https://127.0.0.1:{self.port}/convert", "caBundle": bundle()}
        webhook = {"clientConfig": client, "conversionReviewVersions": list(versions or ("v1",))}
        return two(conversion={"strategy": "Webhook", "webhook": webhook})

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Hook]:
        async with listening(self.handle) as self.port:
            yield self


def with_hook(scenario: Callable[[Api, Hook], Any], *versions: str) -> None:
    async def run(api: Api) -> None:
        async with Hook().serving() as hook:
            await define(api, hook.definition(*versions))
            await scenario(api, hook)

    drive(run)
