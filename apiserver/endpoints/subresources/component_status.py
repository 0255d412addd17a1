"""ComponentStatus: what is not stored but asked for, one object per part of the control plane.

Upstream calls each part's health port. Here the scheduler and the controllers are well while they watch
this API server under their own identity: without a watch they can do nothing.
"""

from __future__ import annotations

from ....apimachinery import errors, jsonio
from ...registry.strategy import Object
from ...storage.entry import Entry
from .. import negotiation, render
from ..exchange import Request, Response
from ..scope import Scope
from ..server import Server
from ..verbs.list import choice

COMPONENTS = {
    "scheduler": "system:kube-scheduler",
    "controller-manager": "system:kube-controller-manager",
}
STORE = "etcd-0"


async def component_status(server: Server, scope: Scope, request: Request) -> Response:
    """Get and list. 404 for a part that does not exist."""
    if not request.info.name:
        out = negotiation.output(request.headers.get(b"accept"), True)
        entries = [_entry(scope, name, _problem(server, name)) for name in (*COMPONENTS, STORE)]
        shown = choice(scope, request)[0].filter(entries)
        return render.listing(request, scope, out, shown, {}, server.clock.now())
    name = request.info.name
    if name not in (*COMPONENTS, STORE):
        raise errors.not_found("", "componentstatus", name)
    out = negotiation.output(request.headers.get(b"accept"))
    return render.entry(request, scope, out, _entry(scope, name, _problem(server, name)), server.clock.now())


def _problem(server: Server, name: str) -> str:
    """What is wrong with it, "" when it is well. The store is: without it no request gets this far."""
    user = COMPONENTS.get(name)
    return "" if user is None or server.watching[user] else f"user {user} has no watch open"


def _entry(scope: Scope, name: str, problem: str) -> Entry:
    condition = {"type": "Healthy", "status": "False" if problem else "True", "message": problem or "ok"}
    obj: Object = {
        "kind": scope.kind,
        "apiVersion": scope.api_version,
        "metadata": {"name": name},
        "conditions": [condition],
    }
    return Entry(name, obj, jsonio.dumps(obj), 0)
