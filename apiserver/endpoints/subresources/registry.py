"""(group, plural, subresource) → handler. An empty subresource is every verb of a virtual kind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ..exchange import Answer, Request
from ..scope import Scope
from ..server import Server
from ..verbs.get import get
from ..verbs.patch import patch
from ..verbs.update import update
from .binding import bind
from .component_status import component_status
from .connect import admitted
from .eviction import evict
from .finalize import finalize
from .review import REVIEWS
from .scale import scale
from .stream import attach, execute, log, node_proxy, pod_proxy, portforward, service_proxy
from .token import token

Handler = Callable[[Server, Scope, Request], Awaitable[Answer]]

BY_VERB: dict[str, Handler] = {"get": get, "update": update, "patch": patch}


async def view(server: Server, scope: Scope, request: Request) -> Answer:
    """A subresource that is its whole object, with update rules of its own in the kind's strategy."""
    return await BY_VERB[request.info.verb](server, scope, request)


HANDLERS: dict[tuple[str, str, str], Handler] = {
    ("", "pods", "attach"): admitted(attach),
    ("", "pods", "binding"): bind,
    ("", "bindings", ""): bind,
    ("", "componentstatuses", ""): component_status,
    ("", "pods", "ephemeralcontainers"): view,
    ("", "pods", "resize"): view,
    ("", "pods", "eviction"): evict,
    ("", "pods", "exec"): admitted(execute),
    ("", "pods", "log"): log,
    ("", "pods", "portforward"): admitted(portforward),
    ("", "pods", "proxy"): admitted(pod_proxy),
    ("", "services", "proxy"): admitted(service_proxy),
    ("", "nodes", "proxy"): admitted(node_proxy),
    ("", "namespaces", "finalize"): finalize,
    ("", "serviceaccounts", "token"): token,
    ("", "replicationcontrollers", "scale"): scale,
    ("apps", "deployments", "scale"): scale,
    ("apps", "replicasets", "scale"): scale,
    ("apps", "statefulsets", "scale"): scale,
    ("certificates.k8s.io", "certificatesigningrequests", "approval"): view,
    **{(group, plural, ""): handler for (group, plural), handler in REVIEWS.items()},
}
