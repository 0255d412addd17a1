"""The raw ASGI handler of the resource paths: authenticate, authorize, route to a verb, answer.

One coroutine per request and no framework in between, because this is the hot path (docs/decisions).
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

from ...apimachinery import duration, errors
from ..authentication import RequestHead, impersonation
from ..authorization import Attributes, Decision, forbidden
from ..flowcontrol.controller import LONG_SUBRESOURCES
from ..flowcontrol.level import Ticket
from ..flowcontrol.streams import stamp
from ..lifetime import SECONDS, WRITE_SECONDS, Lifetime, current
from ..storage import chronicle
from . import metrics, options, requestinfo
from .exchange import STREAMED, Answer, Receive, Request, Response, Send
from .failures import CLIENT_GONE, told
from .respond import respond
from .routing import route
from .scope import Scope
from .server import Server
from .sockets import adapt

if TYPE_CHECKING:
    from ..aggregation.aggregator import Aggregator
    from ..flowcontrol.controller import Gate

READ_METHODS = ("GET", "HEAD")
BRIEF_VERBS = ("create", "update", "patch", "delete")
"""What ends after `WRITE_SECONDS`. Not deletecollection, which deletes one object after the other."""
LASTING_VERBS = ("watch", "proxy")


def audit_ids(first: str) -> Iterator[str]:
    """Names for requests: UUIDs that begin as `first` does and count on."""
    start = first[:24]
    return (f"{start}{number:012x}" for number in count())


class Course:
    """How a request goes: when it began (on the server's monotonic clock), what it holds, how it ends."""

    __slots__ = ("lasting", "size", "started", "status", "ticket")

    def __init__(self, started: float) -> None:
        self.started = started
        self.status = 0
        self.size: int | None = None
        self.ticket: Ticket | None = None
        self.lasting: requestinfo.RequestInfo | None = None


class ResourceHandler:
    """Serves `/api/…` and `/apis/…` resource paths; everything else goes to `fallback` once authorized."""

    def __init__(
        self,
        server: Server,
        fallback: Callable[[Request], Awaitable[Answer]],
        aggregator: Aggregator,
        gate: Gate,
        limit: float = SECONDS,
    ) -> None:
        """`limit`: how many seconds a request may take that is not meant to last."""
        self._server = server
        self._fallback = fallback
        self._aggregator = aggregator
        self._gate = gate
        self._limit = limit
        self._audit_ids = audit_ids(server.new_uid())

    async def __call__(self, asgi: dict[str, Any], receive: Receive, send: Send) -> None:
        request = Request(asgi, receive, send, next(self._audit_ids))
        life = request.life = Lifetime(receive, self._limit)
        current.set(life)
        if asgi["type"] == "websocket":
            adapt(request)
        course = Course(self._server.clock.monotonic())
        try:
            await self._serve(request, course)
        except Exception as fault:
            answer = told(request, fault)
            course.status = CLIENT_GONE if answer is None else answer.status
            if answer is not None:
                await respond(request, answer)
        finally:
            life.close()
            self._count(request, course)

    async def _serve(self, request: Request, course: Course) -> None:
        """From who asks for what to the answer. Raises what `failures.told` makes an answer of."""
        request.info = _info(request)
        if _lasts(request):
            request.life.limit = math.inf
            course.lasting = self._counted(request)
            metrics.lasting(course.lasting, 1)
        elif b"timeout=" in request.asgi["query_string"]:
            request.life.shorten(_timeout(request))
        scope = self._scope(request)
        attrs = self._identify(request)
        ticket = course.ticket = self._gate.enter(request, course.started)
        if ticket is not None and ticket.waiting is not None:
            async with request.life.bounded():
                await self._gate.wait(ticket)
        if course.lasting is not None or not request.info.resource:
            self._stamp(request, ticket)
        self._authorize(attrs)
        answer = await self._answer(request, scope)
        if answer is not STREAMED:
            assert isinstance(answer, Response)
            course.status, course.size = answer.status, len(answer.body)
            await respond(request, answer)

    def _count(self, request: Request, course: Course) -> None:
        """Gives back what the request held, and counts it."""
        ended = self._server.clock.monotonic()
        if course.ticket is not None:
            self._gate.leave(course.ticket, ended)
        if course.lasting is not None:
            metrics.lasting(course.lasting, -1)
        metrics.observe(
            self._counted(request),
            course.status or 200,
            ended - course.started,
            dry_run=b"dryRun=" in request.asgi["query_string"],
            size=course.size,
        )

    def _stamp(self, request: Request, ticket: Ticket | None) -> None:
        """Answers that are sent in pieces; a watch counts only until it has begun."""
        if ticket is None or not request.info.resource:
            stamp(request, None)
        else:
            stamp(request, lambda: self._gate.leave(ticket, self._server.clock.monotonic()))

    def _scope(self, request: Request) -> Scope | None:
        info = request.info
        return self._server.scopes.get((info.group, info.version, info.resource)) if info.resource else None

    def _counted(self, request: Request) -> requestinfo.RequestInfo:
        """What metrics tell of a request: no names that clients make up, or that are served no more."""
        info, scope = request.info, self._scope(request)
        if scope is None:
            return requestinfo.RequestInfo(info.verb)
        known = not info.subresource or info.subresource in scope.subresources
        return info if known else info._replace(subresource="")

    async def _answer(self, request: Request, scope: Scope | None) -> Answer:
        if self._aggregator.remote and (service := self._aggregator.target(request)) is not None:
            return await self._aggregator.forward(request, service)
        if not request.info.resource:
            return await self._fallback(request)
        if scope is None:
            return await self._fallback(request)
        verb = route(request, scope)
        if scope.resource.deprecated:
            request.warnings.append(scope.resource.deprecated)
            metrics.deprecated(self._counted(request))
        if not scope.namespaced and request.info.namespace:
            # /namespaces/NAME is authorized in the namespace it names, but stored outside of any.
            request.info = request.info._replace(namespace="")
        if request.info.verb in BRIEF_VERBS:
            request.life.shorten(WRITE_SECONDS, writing=True)
        if request.method not in READ_METHODS:
            info, now = request.info, self._server.clock.monotonic()
            chronicle.begin(now, request.user.name, request.headers, info.verb, info.subresource)
        return await verb(self._server, scope, request)

    def _identify(self, request: Request) -> Attributes:
        """Who it is, and what they ask. 401; 403 for acting as somebody else without the right to."""
        server = self._server
        head = RequestHead(request.headers, request.asgi["state"].get("client_cert"), request.asgi["headers"])
        head.warnings = request.warnings
        request.user = server.authenticator.authenticate(head)
        attrs = attributes(request)
        if b"impersonate-" in b" ".join(request.headers):
            target = impersonation.wanted(head.raw)
            if target is not None:
                request.user = server.impersonator.act_as(target, attrs)
                attrs = attrs._replace(user=request.user)
        return attrs

    def _authorize(self, attrs: Attributes) -> None:
        """Whether they may. 403."""
        decision: Decision = self._server.authorizer.authorize(attrs)
        if not decision.allowed:
            raise forbidden(attrs, decision.reason)


def attributes(request: Request) -> Attributes:
    info = request.info
    if not info.resource and not info.version:
        return Attributes(request.user, info.verb, "", "", "", "", "", "", request.path)
    selector = request.arg("fieldSelector")
    name = info.name or (_selected_name(selector) if info.verb in ("list", "watch") else "")
    return Attributes(
        request.user,
        info.verb,
        info.group,
        info.version,
        info.resource,
        info.subresource,
        info.namespace,
        name,
        "",
        selector,
        request.arg("labelSelector"),
    )


def _selected_name(field_selector: str) -> str:
    """The one object a list or watch asks for by `metadata.name`: it is authorized like that object."""
    for part in field_selector.split(","):
        key, _, value = part.replace("==", "=").partition("=")
        if key == "metadata.name":
            return value
    return ""


def _info(request: Request) -> requestinfo.RequestInfo:
    watching = b"watch" in request.asgi["query_string"] and options.parse_bool(request.arg("watch", "0"))
    return requestinfo.parse(request.method, request.path, watching)


def _lasts(request: Request) -> bool:
    """Whether it is meant to last for as long as the client likes."""
    return request.info.verb in LASTING_VERBS or request.info.subresource in LONG_SUBRESOURCES


def _timeout(request: Request) -> float:
    """The seconds that `timeout` allows, which client-go sends; infinite for none. 400."""
    try:
        wanted = duration.parse_nanoseconds(request.arg("timeout") or "0")
    except ValueError as error:
        message = f"invalid timeout specified in the request URL - {error}"
        raise errors.bad_request(message) from None
    return wanted / 1e9 if wanted > 0 else math.inf
