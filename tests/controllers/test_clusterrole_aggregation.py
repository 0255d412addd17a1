"""ClusterRoles that are put together from others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wherry.client.resources import CLUSTERROLES

from tests.controllers.cluster import cluster
from tests.support import run

Object = dict[str, Any]
CONTROLLER = "clusterrole-aggregation-controller"


def role(name: str, **fields: Any) -> Object:
    meta = {"name": name, "labels": fields.pop("labels", {})}
    return {"kind": "ClusterRole", "metadata": meta, **fields}


def test_rules_follow_the_selected_roles(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, CONTROLLER) as api:
            selector = {"clusterRoleSelectors": [{"matchLabels": {"into": "whole"}}]}
            await api.client.create(CLUSTERROLES, role("whole", aggregationRule=selector))
            rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
            await api.client.create(CLUSTERROLES, role("part", labels={"into": "whole"}, rules=[rule]))
            found = await api.until(CLUSTERROLES, "whole", lambda r: bool(r.get("rules")))
            assert [r["resources"] for r in found["rules"]] == [["pods"]]
            await api.client.delete(CLUSTERROLES, "part")
            await api.until(CLUSTERROLES, "whole", lambda r: not r.get("rules"))

    run(scenario())


def test_the_rules_of_the_default_roles_belong_to_the_controller(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, CONTROLLER) as api:
            found = await api.until(
                CLUSTERROLES, "view", lambda r: r["metadata"]["managedFields"][0]["operation"] == "Apply"
            )
            entry = found["metadata"]["managedFields"][0]
            assert (entry["manager"], entry["fieldsV1"]) == (CONTROLLER, {"f:rules": {}})

    run(scenario())
