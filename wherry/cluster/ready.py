"""Asks a starting cluster whether it is ready, without a client library: two GETs over TLS."""

from __future__ import annotations

import http.client
import json
import ssl
from pathlib import Path

from .paths import ClusterPaths
from .spec import ClusterSpec

LOG_LINES = 15


class Probe:
    """Polls `/readyz`, then the nodes."""

    def __init__(self, spec: ClusterSpec, paths: ClusterPaths) -> None:
        self._spec = spec
        self._pki = paths.root / "pki"
        self._connection: http.client.HTTPSConnection | None = None
        self.api = False
        self._ready: set[str] = set()

    def done(self) -> bool:
        """True once the API server is ready and every node of the spec is Ready."""
        self.api = self.api or self._get("/readyz") == "ok"
        if not self.api:
            return False
        if self._spec.nodes:
            self._ready = _ready_nodes(self._get("/api/v1/nodes"))
        return set(self._spec.node_names) <= self._ready

    def missing(self) -> str:
        """What has not come up yet, for the error."""
        if not self.api:
            return "the API server does not answer"
        names = sorted(set(self._spec.node_names) - self._ready)
        return f"not Ready: {', '.join(names[:5])}" + (" …" if len(names) > 5 else "")

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


def _ready_nodes(text: str) -> set[str]:
    if not text:
        return set()
    return {
        node["metadata"]["name"]
        for node in json.loads(text).get("items", [])
        if any(
            c["type"] == "Ready" and c["status"] == "True"
            for c in node.get("status", {}).get("conditions", [])
        )
    }


def tail(path: Path) -> str:
    """The last lines of a log."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return "(no log)"
    return "\n".join("  " + line for line in lines[-LOG_LINES:])
