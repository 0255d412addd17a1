"""PUT namespaces/NAME/finalize: changes spec.finalizers and nothing else; the last one gone ends the
namespace."""

from __future__ import annotations

from ....apimachinery import jsonio
from ....apimachinery.clock import rfc3339
from ...registry.strategy import Object
from .. import body, managed, negotiation, options, write
from ..exchange import Request, Response
from ..scope import Scope
from ..server import Server
from ..verbs.create import answer
from ..verbs.update import check_name


async def finalize(server: Server, scope: Scope, request: Request) -> Response:
    out = negotiation.wanted(request.headers.get(b"accept"), scope)
    data = await body.read(request)
    opts = options.write(request, "UpdateOptions")
    decoded = body.decode(request, data, scope)
    body.enforce(request, decoded.problems, opts.validation, scope.body_kind, scope.body_version)
    name = request.info.name
    check_name(decoded.obj, name)
    who = options.manager(request, opts)

    async def change(old: Object) -> Object:
        new: Object = jsonio.clone(decoded.obj)
        new["status"] = old.get("status", {})
        now = rfc3339(server.clock.now())
        managed.record(scope, old, new, manager=who, now=now, subresource="finalize")
        return new

    todo = write.Write(request.user, "", name, who, opts.dry_run, "finalize")
    done = await write.update(server, scope, todo, change)
    return answer(server, scope, request, out, done)
