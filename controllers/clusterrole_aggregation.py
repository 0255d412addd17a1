"""Fills the rules of ClusterRoles that are put together from others by label."""

from __future__ import annotations

from typing import Any

from ..apimachinery import labels
from ..client.resources import CLUSTERROLES
from .base import Controller
from .context import Context

Object = dict[str, Any]


class ClusterRoleAggregationController(Controller):
    name = "clusterrole-aggregation-controller"
    queue_name = "ClusterRoleAggregator"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._roles = self.informer(CLUSTERROLES, self._role_changed)

    async def reconcile(self, key: str) -> None:
        role = self._roles.get(key)
        if role is None or not role.get("aggregationRule"):
            return
        rules = self._collect(role)
        if (role.get("rules") or []) == rules and (not rules or self._owns(role)):
            return
        patch = {
            "kind": "ClusterRole",
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "metadata": {"name": key},
            "rules": rules,
        }
        await self.client.patch(
            CLUSTERROLES,
            key,
            patch,
            kind="apply",
            field_manager=self.name,
            force=True,
        )

    def _owns(self, role: Object) -> bool:
        """Whether the rules are known to be this controller's: those of a new cluster are there already."""
        entries = role["metadata"].get("managedFields") or ()
        return any(entry["manager"] == self.name and entry["operation"] == "Apply" for entry in entries)

    def _collect(self, role: Object) -> list[Object]:
        """The rules of every selected role, each once, in the order of selectors and names."""
        rules: list[Object] = []
        others = sorted(self._roles.list(), key=lambda r: str(r["metadata"]["name"]))
        for wanted in role["aggregationRule"].get("clusterRoleSelectors") or ():
            selector = labels.from_label_selector(wanted)
            for other in others:
                if other["metadata"]["name"] == role["metadata"]["name"]:
                    continue
                if selector.matches(other["metadata"].get("labels")):
                    rules += [rule for rule in other.get("rules") or () if rule not in rules]
        return rules

    def _role_changed(self, kind: str, new: Object, old: Object | None) -> None:
        for role in self._roles.list():
            if role.get("aggregationRule"):
                self.enqueue(role)
