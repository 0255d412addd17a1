"""Requests to wherry.dev/v1, which arrive authenticated and authorized."""

from __future__ import annotations

import asyncio
from functools import partial

from ...apimachinery import errors, jsonio
from ..authorization import Attributes
from ..endpoints import body, negotiation, render
from ..endpoints.exchange import STREAMED, Answer, Request, Response
from ..endpoints.options import parse_int
from ..endpoints.server import Server
from ..registry.strategy import Object, User
from ..storage.chronicle import Chronicle
from .causes import Causes
from .discretion import Discretion
from .names import API_GROUP, API_VERSION, GROUP, RESOURCES, VERSION
from .questions import Listener, Questions

ROOT = f"/apis/{GROUP}"
WATCH_SECONDS = 480.0
DOCUMENTS = {ROOT: API_GROUP, f"{ROOT}/{VERSION}": RESOURCES}


class Group:
    """`serves` says whether a request is for here; `answer` raises StatusError."""

    def __init__(self, server: Server, chronicle: Chronicle) -> None:
        self._server = server
        self._causes = Causes(server, chronicle)
        self.questions = Questions(server.new_uid)

    def close(self) -> None:
        """Ends the schedulers' watches."""
        self.questions.close()

    @staticmethod
    def serves(request: Request) -> bool:
        return request.path == ROOT or request.path.startswith(f"{ROOT}/")

    async def answer(self, request: Request) -> Answer:
        info = request.info
        if not info.resource:
            return self._document(request)
        if info.version != VERSION:
            raise _no_route()
        if info.resource == "placementrequests":
            return await self._request(request)
        if info.resource not in ("causes", "placements") or info.subresource:
            raise _no_route()
        if info.verb != "get" or not info.name:
            message = "the server does not allow this method on the requested resource"
            raise errors.StatusError(405, "MethodNotAllowed", message, {})
        if info.resource == "causes":
            uid = request.arg("uid")
            found = await self._causes.document(request.user, info.namespace, info.name, uid)
        else:
            found = await self._placement(request.user, info.namespace, info.name)
        return self._said(request, found)

    def _document(self, request: Request) -> Answer:
        document = DOCUMENTS.get(request.path.rstrip("/"))
        if document is None or request.method != "GET":
            raise _no_route()
        return self._said(request, document)

    @staticmethod
    def _said(request: Request, value: Object, status: int = 200) -> Response:
        out = negotiation.for_errors(request.headers.get(b"accept"))
        return render.value(request, out._replace(media=_readable(out.media)), value, status)

    # placements

    async def _placement(self, user: User, namespace: str, name: str) -> Object:
        """As `user` may see it. 404 for a pod that is not there, 503 when no scheduler answers."""
        pod = self._server.reader.get("", "pods", namespace, name)
        if pod is None:
            raise errors.not_found("", "pods", name)
        meta, spec = pod["metadata"], pod["spec"]
        asked = {"namespace": namespace, "name": name, "uid": meta["uid"]}
        status = await self.questions.ask(asked)
        if status is None:
            raise errors.service_unavailable("no scheduler is there to ask")
        known = {"podUID": meta["uid"], "schedulerName": spec.get("schedulerName", "")}
        node = {"nodeName": spec["nodeName"]} if spec.get("nodeName") else {}
        return {
            "kind": "Placement",
            "apiVersion": API_VERSION,
            "metadata": {"name": name, "namespace": namespace},
            "spec": {**known, **node},
            "status": self._discretion(user).status(status),
        }

    def _discretion(self, user: User) -> Discretion:
        def may(verb: str, resource: str, namespace: str = "", name: str = "") -> bool:
            asked = Attributes(user, verb, "", "v1", resource, "", namespace, name)
            return self._server.authorizer.authorize(asked).allowed

        return Discretion(may("list", "nodes"), partial(may, "get", "pods"))

    # questions

    async def _request(self, request: Request) -> Answer:
        info = request.info
        if info.verb == "watch" and not info.name:
            return await self._watch(request)
        if info.verb == "create" and info.subresource == "answer":
            return await self._take(request)
        raise _no_route()

    async def _take(self, request: Request) -> Answer:
        try:
            answer = jsonio.loads(await body.read(request))
        except ValueError as error:
            raise errors.bad_request(f"the answer is not JSON: {error}") from None
        if not isinstance(answer, dict):
            raise errors.bad_request("the answer is not an object")
        if not self.questions.take(request.info.name, answer):
            raise errors.not_found(GROUP, "placementrequests", request.info.name)
        return self._said(request, {**answer, "status": {}}, 201)

    async def _watch(self, request: Request) -> Answer:
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-cache, private")]
        await request.send({"type": "http.response.start", "status": 200, "headers": headers})
        await request.send({"type": "http.response.body", "body": b"", "more_body": True})
        listener = self.questions.listen()
        gone = asyncio.create_task(_disconnected(request, listener), name="questions-disconnect")
        try:
            await self._pass_on(request, listener)
        finally:
            self.questions.leave(listener)
            gone.cancel()
        await request.send({"type": "http.response.body", "body": b"", "more_body": False})
        return STREAMED

    async def _pass_on(self, request: Request, listener: Listener) -> None:
        seconds = float(parse_int(request.arg("timeoutSeconds", "0"))) or WATCH_SECONDS
        try:
            async with asyncio.timeout(seconds):
                while not self.questions.closed and (line := await listener.questions.get()) is not None:
                    await request.send({"type": "http.response.body", "body": line, "more_body": True})
        except TimeoutError:
            return


async def _disconnected(request: Request, listener: Listener) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    listener.end()


def _readable(media: str) -> str:
    """These kinds have no protobuf form."""
    return negotiation.JSON_TYPE if media == negotiation.PROTOBUF_TYPE else media


def _no_route() -> errors.StatusError:
    return errors.StatusError(404, "NotFound", "the server could not find the requested resource", {})
