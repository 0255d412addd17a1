"""What RoleBindings and ClusterRoleBindings share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..strategy import Object


def binding_cells(obj: Object, now: datetime) -> list[Any]:
    """Role, age, and the subjects by kind."""
    role = obj.get("roleRef") or {}
    subjects = obj.get("subjects") or ()
    users = [s.get("name", "") for s in subjects if s.get("kind") == "User"]
    groups = [s.get("name", "") for s in subjects if s.get("kind") == "Group"]
    accounts = [
        f"{s.get('namespace', '')}/{s.get('name', '')}" for s in subjects if s.get("kind") == "ServiceAccount"
    ]
    shown = f"{role.get('kind', '')}/{role.get('name', '')}", age(obj, now)
    return [obj["metadata"]["name"], *shown, ", ".join(users), ", ".join(groups), ", ".join(accounts)]
