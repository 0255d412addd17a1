"""Every namespace has the ConfigMap `kube-root-ca.crt`, so that pods can trust the API server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..apimachinery.errors import StatusError
from ..client.client import Client
from ..client.resources import CONFIGMAPS, NAMESPACES
from . import metrics
from .base import Controller
from .context import Context
from .podcontrol import namespace_is_going

Object = dict[str, Any]
NAME = "kube-root-ca.crt"
DESCRIPTION = "kubernetes.io/description"
TEXT = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such "
    "as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions "
    "of Kubernetes clusters."
)


class RootCaPublisher(Controller):
    name = "root-ca-certificate-publisher-controller"
    queue_name = "root_ca_cert_publisher"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._data = {"ca.crt": bundle(ctx.settings.root_ca_file, ctx.client)}
        self._namespaces = self.informer(NAMESPACES, self.on_change)
        self._maps = self.informer(CONFIGMAPS, self._map_changed, fields=f"metadata.name={NAME}")

    async def reconcile(self, key: str) -> None:
        namespace = self._namespaces.get(key)
        if namespace is None or namespace.get("status", {}).get("phase") == "Terminating":
            return
        start, code = self.clock.monotonic(), 200
        try:
            await self._publish(key)
        except StatusError as error:
            code = error.code
            if error.reason != "AlreadyExists" and not namespace_is_going(error):
                raise
        finally:
            metrics.ROOT_CA_SYNCS.labels(str(code)).inc()
            metrics.ROOT_CA_SECONDS.labels(str(code)).observe(self.clock.monotonic() - start)

    async def _publish(self, namespace: str) -> None:
        current = self._maps.get(f"{namespace}/{NAME}")
        if current is None:
            await self.client.create(CONFIGMAPS, self._wanted(namespace))
        elif not self._is_right(current):
            await self.client.update(CONFIGMAPS, self._corrected(current))

    def _wanted(self, namespace: str) -> Object:
        meta = {"name": NAME, "namespace": namespace, "annotations": {DESCRIPTION: TEXT}}
        return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": meta, "data": self._data}

    def _is_right(self, current: Object) -> bool:
        notes = current["metadata"].get("annotations") or {}
        return current.get("data") == self._data and notes.get(DESCRIPTION) == TEXT

    def _corrected(self, current: Object) -> Object:
        notes = {**(current["metadata"].get("annotations") or {}), DESCRIPTION: TEXT}
        return {**current, "metadata": {**current["metadata"], "annotations": notes}, "data": self._data}

    def _map_changed(self, kind: str, new: Object, old: Object | None) -> None:
        self.queue.add(new["metadata"]["namespace"])


def bundle(file: str, client: Client) -> str:
    """The given file, or else what our own kubeconfig trusts."""
    config = client.config
    if file:
        return Path(file).read_text()
    if config.ca_data:
        return config.ca_data.decode()
    return Path(config.ca_file).read_text() if config.ca_file else ""
