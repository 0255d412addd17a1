"""Asks a starting cluster whether it is ready, without a client library: two GETs over TLS."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from pathlib import Path
from typing import Any

from ..controllers.names import is_chosen
from .paths import ClusterPaths
from .spec import ClusterSpec

LOG_LINES = 15
PAUSE = 0.02
FEW = 100
"""Of more nodes not all are asked about each time."""
NOT_READY = "node.kubernetes.io/not-ready"


class Probe:
    """Polls `/readyz`, then the nodes."""

    def __init__(self, spec: ClusterSpec, paths: ClusterPaths) -> None:
        self._spec = spec
        self._pki = paths.root / "pki"
        self._connection: http.client.HTTPSConnection | None = None
        self.api = False
        self._missing = list(spec.node_names)
        self._untainted = is_chosen("node-lifecycle-controller", spec.controllers)
        self.pause = PAUSE
        """Seconds until it should be asked again: what the answer took; there may be thousands of nodes."""

    def done(self) -> bool:
        """True once the API server is ready, and every node of the spec is Ready and takes pods."""
        began = time.monotonic()
        try:
            return self._done()
        finally:
            self.pause = max(PAUSE, time.monotonic() - began)

    def _done(self) -> bool:
        self.api = self.api or self._get("/readyz") == "ok"
        if not self.api:
            return False
        if len(self._missing) > FEW and not self._is_worthwhile():
            return False
        if self._missing:
            nodes = json.loads(self._get("/api/v1/nodes") or "{}").get("items", [])
            ready = {node["metadata"]["name"] for node in nodes if _is_ready(node, self._untainted)}
            self._missing = [name for name in self._missing if name not in ready]
        return not self._missing

    def _is_worthwhile(self) -> bool:
        """Whether to ask for all of many nodes: not before the last one missing is ready."""
        found = json.loads(self._get(f"/api/v1/nodes/{self._missing[-1]}") or "{}")
        return found.get("kind") == "Node" and _is_ready(found, self._untainted)

    def missing(self) -> str:
        """What has not come up yet, for the error."""
        if not self.api:
            return "the API server does not answer"
        names = ", ".join(self._missing[:5])
        return f"not Ready: {names}" + (" …" if len(self._missing) > 5 else "")

    def _get(self, path: str) -> str:
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._connection.request("GET", path)
            return self._connection.getresponse().read().decode()
        except (OSError, http.client.HTTPException):
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return ""

    def _connect(self) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cafile=str(self._pki / "ca.crt"))
        context.load_cert_chain(self._pki / "admin.crt", self._pki / "admin.key")
        host = self._spec.server.removeprefix("https://").rpartition(":")[0]
        return http.client.HTTPSConnection(host, self._spec.port, context=context, timeout=5)


def _is_ready(node: dict[str, Any], untainted: bool) -> bool:
    """`untainted`: and known as such to the node lifecycle controller."""
    if untainted and any(taint["key"] == NOT_READY for taint in node["spec"].get("taints") or ()):
        return False
    conditions = node.get("status", {}).get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def tail(path: Path) -> str:
    """The last lines of a log."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return "(no log)"
    return "\n".join("  " + line for line in lines[-LOG_LINES:])
