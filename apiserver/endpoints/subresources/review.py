"""Access, token and user reviews: objects that are answered and never stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ....apimachinery import errors
from ....apimachinery.clock import rfc3339
from ...authentication.reviews import review_self, review_token
from ...authorization.reviews import review_access, review_rules
from ...registry.strategy import Object
from .. import body, managed, negotiation, options, render
from ..admit import admission_of
from ..exchange import Request, Response
from ..scope import Scope
from ..server import Server
from ..verbs.create import check_namespace

Verdict = Callable[[Server, Request, Object], Object]


def _reviewed(verdict: Verdict) -> Callable[[Server, Scope, Request], Awaitable[Response]]:
    """The create of a virtual kind: decoded and recorded as any other, answered by `verdict`."""

    async def handle(server: Server, scope: Scope, request: Request) -> Response:
        out = negotiation.reviewed_output(request.headers.get(b"accept"))
        data = await body.read(request)
        opts = options.write(request, "CreateOptions")
        decoded = body.decode(request, data, scope)
        body.enforce(request, decoded.problems, opts.validation, scope.body_kind, scope.body_version)
        check_namespace(scope, decoded.obj, request.info.namespace)
        obj = decoded.obj
        meta = obj.setdefault("metadata", {})
        if scope.namespaced:
            meta["namespace"] = request.info.namespace
        elif scope.kind == "TokenReview":
            meta.pop("namespace", None)
        now = rfc3339(server.clock.now())
        managed.record(scope, None, obj, manager=options.manager(request, opts), now=now)
        admission = admission_of(server, scope, request, "CREATE", opts, meta.get("name", ""))
        await admission.mutate(obj, None)
        await admission.validate(obj, None)
        request.warnings += admission.warnings
        return render.value(request, out, verdict(server, request, obj), 201)

    return handle


def _access(server: Server, request: Request, obj: Object) -> Object:
    return review_access(obj, request.user, server.authorizer)


def _rules(server: Server, request: Request, obj: Object) -> Object:
    return review_rules(obj, request.user, server.services["rbac"])


def _token(server: Server, request: Request, obj: Object) -> Object:
    if not (obj.get("spec") or {}).get("token"):
        raise errors.bad_request("token is required for TokenReview in authentication")
    return review_token(obj, server.authenticator.tokens)


def _self(server: Server, request: Request, obj: Object) -> Object:
    return review_self(request.user, rfc3339(server.clock.now()))


AUTHENTICATION = "authentication.k8s.io"
AUTHORIZATION = "authorization.k8s.io"
REVIEWS: dict[tuple[str, str], Callable[[Server, Scope, Request], Awaitable[Response]]] = {
    (AUTHENTICATION, "tokenreviews"): _reviewed(_token),
    (AUTHENTICATION, "selfsubjectreviews"): _reviewed(_self),
    (AUTHORIZATION, "subjectaccessreviews"): _reviewed(_access),
    (AUTHORIZATION, "localsubjectaccessreviews"): _reviewed(_access),
    (AUTHORIZATION, "selfsubjectaccessreviews"): _reviewed(_access),
    (AUTHORIZATION, "selfsubjectrulesreviews"): _reviewed(_rules),
}
