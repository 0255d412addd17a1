"""Which verb serves a request on a resource's path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ...apimachinery import errors
from . import custom_route, names
from .exchange import Answer, Request
from .scope import Scope
from .server import Server
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
SUBRESOURCE_VERBS: dict[str, Verb] = {"get": get, "update": update, "patch": patch}


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
    if scope.namespaced and not info.namespace and (info.name or "list" not in scope.verbs):
        raise no_route()
    if info.watch_prefix and "watch" not in scope.verbs:
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


def no_route() -> errors.StatusError:
    return errors.StatusError(404, "NotFound", "the server could not find the requested resource", {})


def no_method() -> errors.StatusError:
    message = "the server does not allow this method on the requested resource"
    return errors.StatusError(405, "MethodNotAllowed", message, {})
