"""Every namespace has the ServiceAccount `default`."""

from __future__ import annotations

from typing import Any

from ..apimachinery.errors import StatusError
from ..client.resources import NAMESPACES, SERVICEACCOUNTS
from .base import Controller
from .context import Context
from .podcontrol import namespace_is_going

Object = dict[str, Any]
DEFAULT = "default"


class ServiceAccountController(Controller):
    name = "serviceaccount-controller"
    queue_name = "serviceaccount"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._namespaces = self.informer(NAMESPACES, self.on_change)
        self._accounts = self.informer(SERVICEACCOUNTS, self._account_changed)

    async def reconcile(self, key: str) -> None:
        namespace = self._namespaces.get(key)
        if namespace is None or namespace.get("status", {}).get("phase") == "Terminating":
            return
        if self._accounts.get(f"{key}/{DEFAULT}") is not None:
            return
        account = {
            "kind": "ServiceAccount",
            "apiVersion": "v1",
            "metadata": {"name": DEFAULT, "namespace": key},
        }
        try:
            await self.client.create(SERVICEACCOUNTS, account)
        except StatusError as error:
            if error.reason != "AlreadyExists" and not namespace_is_going(error):
                raise

    def _account_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED" and new["metadata"]["name"] == DEFAULT:
            self.queue.add(new["metadata"]["namespace"])
