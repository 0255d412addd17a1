"""Which policies, bindings and parameters a request meets, and what their expressions are told.

Source: k8s.io/apiserver pkg/admission/plugin/policy/generic/policy_dispatcher.go.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from ....apimachinery import errors
from ...authorization.attributes import Authorizer
from ...registry.strategy import Object, Reader
from ..candidates import Candidate
from ..expressions import authorizer_variables
from ..matching import Match, Scopes
from ..plugin import Attributes
from ..webhooks import review
from ..webhooks.versions import Versions
from . import params
from .params import ParamsError
from .policy import Binding, Policy


class Invocation(NamedTuple):
    """A policy that a binding applies to the request, with a parameter; or why it cannot be applied."""

    policy: Policy
    binding: Binding | None
    match: Match | None = None
    params: Object | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `obj` may change while mutations run."""

    attrs: Attributes
    versions: Versions
    obj: Object | None
    old: Object | None


@dataclass(frozen=True, slots=True)
class Invocations:
    """What finding them takes besides the request."""

    scopes: Scopes
    reader: Reader
    authorizer: Authorizer

    def request(self, attrs: Attributes, obj: Object | None, old: Object | None) -> Request:
        return Request(attrs, Versions(self.scopes, attrs), obj, old)

    async def find(self, candidate: Candidate[Policy], request: Request) -> AsyncIterator[Invocation]:
        policy, attrs = candidate.subject, request.attrs
        args = (attrs, request.obj, request.old, self.reader, candidate.equivalents)
        try:
            match = policy.criteria.match(*args)
        except errors.StatusError as error:
            yield Invocation(policy, None, problem=f"failed to configure policy: {error}")
            return
        if match is None:
            return
        try:
            scope = params.scope_of(self.scopes, policy.params) if policy.params else None
        except ParamsError as error:
            yield Invocation(policy, None, problem=f"failed to configure policy: {error}")
            return
        for binding in policy.bindings:
            try:
                if binding.criteria is not None and binding.criteria.match(*args) is None:
                    continue
                for one in await params.find(scope, binding.params, attrs.of_namespace):
                    yield Invocation(policy, binding, match, one)
            except (errors.StatusError, ParamsError) as error:
                yield Invocation(policy, binding, problem=f"failed to configure binding: {error}")

    async def values(self, request: Request, match: Match) -> dict[str, Any]:
        """The variables of all expressions, objects in the version that the policy's rules name."""
        attrs = request.attrs
        return {
            "object": await request.versions.shown(request.obj, match),
            "oldObject": await request.versions.shown(request.old, match),
            "request": review.described(attrs, match),
            "namespaceObject": self.namespace(attrs),
            **authorizer_variables(attrs, self.authorizer),
        }

    def namespace(self, attrs: Attributes) -> Object | None:
        """The namespace of the request; none for a Namespace itself. StatusError 404."""
        if not attrs.namespace or (attrs.resource == "namespaces" and not attrs.group):
            return None
        found = self.reader.get("", "namespaces", "", attrs.namespace)
        if found is None:
            raise errors.not_found("", "namespaces", attrs.namespace)
        return found
