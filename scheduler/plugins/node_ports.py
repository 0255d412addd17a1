"""NodePorts: two pods on a node cannot have the same host port."""

from __future__ import annotations

from ..changes import NODE, POD, Action, Change, Interest
from ..contract import Reject
from ..node import NodeInfo
from ..pod import HostPort, PodInfo, Template

NAME = "NodePorts"
REJECT = Reject(NAME, ("node(s) didn't have free ports for the requested pod ports",), True)
EVERY_ADDRESS = "0.0.0.0"


class NodePorts:
    name = NAME

    def applies(self, template: Template) -> bool:
        return bool(template.ports)

    def interests(self) -> tuple[Interest, ...]:
        return (
            Interest(POD, Action.Delete, self._after_pod),
            Interest(NODE, Action.Add),
        )

    def _after_pod(self, pod: PodInfo, change: Change) -> bool:
        """Whether the pod that is gone had one of the ports."""
        gone: PodInfo = change.old
        return bool(gone.node_name or gone.nominated) and any(
            _clash(a, b) for a in pod.template.ports for b in gone.template.ports
        )

    def filter(self, template: Template, node: NodeInfo) -> Reject | None:
        if node.ports and any(_taken(node, port) for port in template.ports):
            return REJECT
        return None


def _clash(a: HostPort, b: HostPort) -> bool:
    return a[1:] == b[1:] and (a[0] == b[0] or EVERY_ADDRESS in (a[0], b[0]))


def _taken(node: NodeInfo, port: HostPort) -> bool:
    address, protocol, number = port
    if address != EVERY_ADDRESS:
        return port in node.ports or (EVERY_ADDRESS, protocol, number) in node.ports
    return any(p[1] == protocol and p[2] == number for p in node.ports)
