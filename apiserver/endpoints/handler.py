"""The raw ASGI handler of the resource paths: authenticate, authorize, route to a verb, answer.

One coroutine per request and no framework in between, because this is the hot path (docs/decisions).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from ...apimachinery import duration, errors, jsonio
from ..authentication import RequestHead, impersonation
from ..authorization import Attributes, Decision, forbidden
from ..flowcontrol.controller import LONG_SUBRESOURCES
from ..flowcontrol.level import Rejected, Ticket
from ..flowcontrol.streams import stamp
from ..lifetime import SECONDS, WRITE_SECONDS, ClientGone, Lifetime, TimeIsUp, current
from ..storage import chronicle
from . import custom_route, metrics, names, options, requestinfo
from .exchange import STREAMED, Answer, Receive, Request, Response, Send
from .respond import failure, respond
from .scope import Scope
from .server import Server
from .sockets import adapt
from .subresources.registry import HANDLERS
from .subresources.scale import scale
from .verbs.create import create
from .verbs.delete import delete
from .verbs.deletecollection import deletecollection
from .verbs.get import get
from .verbs.list import list_
from .verbs.patch import patch
from .verbs.update import update
from .verbs.watch import watch

if TYPE_CHECKING:
    from ..aggregation.aggregator import Aggregator
    from ..flowcontrol.controller import Gate

log = logging.getLogger("wherry.apiserver")

Verb = Callable[[Server, Scope, Request], Awaitable[Answer]]

VERBS: dict[str, Verb] = {
    "get": get,
    "list": list_,
    "watch": watch,
    "create": create,
    "update": update,
    "patch": patch,
    "delete": delete,
    "deletecollection": deletecollection,
}
READ_METHODS = ("GET", "HEAD")
BRIEF_VERBS = ("create", "update", "patch", "delete")
"""What ends after `WRITE_SECONDS`. Not deletecollection, which deletes one object after the other."""
LASTING_VERBS = ("watch", "proxy")
SUBRESOURCE_VERBS: dict[str, Verb] = {"get": get, "update": update, "patch": patch}


TOO_MANY = Response(
    b"Too many requests, please try again later.\n",
    429,
    b"text/plain; charset=utf-8",
    [(b"retry-after", b"1"), (b"x-content-type-options", b"nosniff")],
)


CLIENT_GONE = 499
"""What the metrics call a request that nobody waited for."""


def out_of_time(request: Request, end: TimeIsUp) -> Response:
    """A write says by itself that it took too long, in the client's format. Everything else is cut off from
    outside: upstream's filter writes plain JSON then and leaves it to Go to guess what that is."""
    if end.writing:
        return failure(request, errors.timeout(f"request did not complete within requested timeout - {end}"))
    error = errors.timeout("request did not complete within the allotted timeout")
    return Response(jsonio.dumps(error.status()) + b"\n", error.code, b"text/plain; charset=utf-8")


def no_route() -> errors.StatusError:
    return errors.StatusError(404, "NotFound", "the server could not find the requested resource", {})


def no_method() -> errors.StatusError:
    message = "the server does not allow this method on the requested resource"
    return errors.StatusError(405, "MethodNotAllowed", message, {})


def too_deep(fault: Exception) -> errors.StatusError | None:
    """What a client is told whose object is nested deeper than this server follows: some 250 levels."""
    deep = isinstance(fault, RecursionError) or "Recursion limit reached" in str(fault)
    return errors.bad_request("the object is nested too deeply: exceeded max depth") if deep else None


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

    async def __call__(self, asgi: dict[str, Any], receive: Receive, send: Send) -> None:
        request = Request(asgi, receive, send)
        life = request.life = Lifetime(receive, self._limit)
        current.set(life)
        if asgi["type"] == "websocket":
            adapt(request)
        started = self._server.clock.monotonic()
        status = 0
        ticket: Ticket | None = None
        size: int | None = None
        lasting: requestinfo.RequestInfo | None = None
        try:
            request.info = _info(request)
            if _lasts(request):
                life.limit = math.inf
                lasting = self._counted(request)
                metrics.lasting(lasting, 1)
            elif b"timeout=" in asgi["query_string"]:
                life.shorten(_timeout(request))
            scope = self._scope(request)
            attrs = self._identify(request)
            ticket = self._gate.enter(request, started)
            if ticket is not None and ticket.waiting is not None:
                async with life.bounded():
                    await self._gate.wait(ticket)
            if request.stamps and (not request.info.resource or request.info.verb == "watch"):
                self._stamp(request, ticket)
            self._authorize(attrs)
            answer = await self._answer(request, scope)
            if answer is not STREAMED:
                assert isinstance(answer, Response)
                status, size = answer.status, len(answer.body)
                await respond(request, answer)
        except Rejected:
            status = TOO_MANY.status
            await respond(request, TOO_MANY)
        except ClientGone:
            status = CLIENT_GONE
        except TimeIsUp as end:
            status = 504
            await respond(request, out_of_time(request, end))
        except errors.StatusError as error:
            status = error.code
            request.warnings += error.warnings
            await respond(request, failure(request, error))
        except Exception as fault:
            told = too_deep(fault) or errors.internal("see the apiserver's log")
            if told.code == 500:
                log.exception("%s %s failed", request.method, request.path)
            status = told.code
            await respond(request, failure(request, told))
        finally:
            life.close()
            ended = self._server.clock.monotonic()
            if ticket is not None:
                self._gate.leave(ticket, ended)
            if lasting is not None:
                metrics.lasting(lasting, -1)
            dry_run = b"dryRun=" in asgi["query_string"]
            metrics.observe(
                self._counted(request), status or 200, ended - started, dry_run=dry_run, size=size
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


def route(request: Request, scope: Scope) -> Verb:
    """The verb's handler. 404 and 405 as upstream's router gives them, 400 for a name no path can have."""
    info = request.info
    if scope.custom:
        return _custom(request, scope)
    if info.namespaced and not scope.namespaced:
        raise no_route()
    if info.gaps:
        raise no_route()
    if info.subresource:
        return _subresource(request, scope)
    if info.rest:
        raise no_route()
    if info.name and scope.namespaced and not info.namespace:
        raise no_route()
    verb = info.verb
    if request.method == "HEAD" or verb not in scope.verbs or verb not in VERBS or not _fits(request, scope):
        raise no_route() if _nothing_there(request, scope) else no_method()
    if info.name:
        names.check(info.name)
    return VERBS[verb] if not scope.resource.virtual else HANDLERS[scope.group, scope.plural, ""]


def _custom(request: Request, scope: Scope) -> Verb:
    if not custom_route.reaches(request, scope):
        return custom_route.page_not_found
    verb = custom_route.verb(request, scope)
    return scale if request.info.subresource == "scale" else VERBS[verb]


def _nothing_there(request: Request, scope: Scope) -> bool:
    """Whether no method at all is served at this path (a named review, for example)."""
    return bool(request.info.name) and "get" not in scope.verbs


def _fits(request: Request, scope: Scope) -> bool:
    info = request.info
    on_object = bool(info.name)
    if info.watch_prefix and info.verb != "watch":
        return False
    if info.verb in ("create", "deletecollection"):
        return not on_object and (info.namespaced or not scope.namespaced)
    if info.verb in ("list",):
        return not on_object
    return on_object or info.verb == "watch"


def _subresource(request: Request, scope: Scope) -> Verb:
    info = request.info
    sub = scope.subresources.get(info.subresource)
    if sub is None or (info.rest and info.subresource != "proxy"):
        raise no_route()
    if scope.namespaced and not info.namespace:
        raise no_route()
    if request.method == "HEAD" and info.subresource != "proxy":
        raise no_method()
    verb = info.verb if info.verb != "watch" else "get"
    if verb not in sub.verbs and not (info.subresource == "proxy" and sub.verbs):
        raise no_method()
    names.check(info.name)
    if info.subresource == "status":
        return SUBRESOURCE_VERBS[verb]
    return HANDLERS[scope.group, scope.plural, info.subresource]
