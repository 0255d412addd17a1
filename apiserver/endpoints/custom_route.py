"""Routing to custom resources as apiextensions-apiserver does it: its refusals are not the router's."""

from __future__ import annotations

from ...apimachinery import errors
from . import names
from .exchange import Answer, Request, no_page
from .scope import Scope
from .server import Server

ACROSS_NAMESPACES = ("list", "watch")
SERVED = frozenset(("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"))
SUBRESOURCE_VERBS = frozenset(("get", "update", "patch"))


async def page_not_found(server: Server, scope: Scope, request: Request) -> Answer:
    """What upstream says of paths that nobody serves."""
    return no_page()


def reaches(request: Request, scope: Scope) -> bool:
    """Whether the path lies where the resource's instances are."""
    info = request.info
    if not scope.namespaced:
        return not info.namespaced
    return bool(info.namespace) or info.verb in ACROSS_NAMESPACES


def verb(request: Request, scope: Scope) -> str:
    """The verb to serve. 404 for a subresource the version does not have, 405 for a verb, 400 for a name."""
    info = request.info
    found = "get" if info.subresource and info.verb == "watch" else info.verb
    if info.subresource:
        if info.subresource not in scope.subresources:
            raise errors.not_found(scope.group, scope.plural, info.name)
        known = found in SUBRESOURCE_VERBS
    else:
        known = found in SERVED and (bool(info.name) or found not in ("get", "update", "patch", "delete"))
    if not known:
        shown = errors.qualified(scope.group, scope.plural)
        details = {"group": scope.group, "kind": scope.plural}
        message = f'{found} is not supported on resources of kind "{shown}"'
        raise errors.StatusError(405, "MethodNotAllowed", message, details)
    if info.name:
        names.check(info.name)
    return found
