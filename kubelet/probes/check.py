"""One probe or lifecycle hook carried out once, whatever its kind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from ...apimachinery import ports

Object = dict[str, Any]


class Target(NamedTuple):
    """Where to probe: the pod's address and the container for exec."""

    ip: str
    container_id: str
    container: Object
    pod: Object


class Outcome(NamedTuple):
    """`errored`: the probe could not be carried out, which counts neither way. `odd`: it succeeded in a way
    that an event tells of."""

    ok: bool
    message: str = ""
    errored: bool = False
    odd: bool = False


Action = Callable[[Target, Object, float], Awaitable[Outcome]]
"""(target, the action's own object, time-out in cluster seconds)."""


class Checker(Protocol):
    async def check(self, target: Target, probe: Object, timeout: float) -> Outcome:
        """`probe` has one of httpGet, tcpSocket, exec, grpc (or sleep, for hooks)."""


class ActionChecker:
    """Chooses among registered actions by the key that is present."""

    def __init__(self, actions: dict[str, Action]) -> None:
        self._actions = actions

    async def check(self, target: Target, probe: Object, timeout: float) -> Outcome:
        for name, action in self._actions.items():
            if probe.get(name) is not None:
                return await action(target, probe[name], timeout)
        return Outcome(False, f"missing probe handler for {target.container.get('name')}", True)


def host(target: Target, action: Object) -> str:
    """The address to ask. The localhost of a pod on the network of a node that shares its machine with others
    is the node's address there (kubelet/worker/sandbox.py)."""
    named: str = action.get("host") or target.ip
    on_node = target.ip.startswith("127.") and (target.pod.get("spec") or {}).get("hostNetwork")
    return target.ip if on_node and named in ("127.0.0.1", "localhost") else named


def port_number(target: Target, port: int | str) -> int:
    """A number, or the container's port of that name; ValueError when there is none. Where it is really
    served, when it is a low one."""
    return ports.served_at(_asked(target, port))


def _asked(target: Target, port: int | str) -> int:
    if isinstance(port, int):
        return port
    for entry in target.container.get("ports") or []:
        if entry.get("name") == port:
            return int(entry["containerPort"])
    if str(port).isdigit():
        return int(port)
    raise ValueError(f"couldn't find port: {port}")
