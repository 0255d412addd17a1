"""Table columns of the rbac kinds, as clients of upstream receive them."""

from __future__ import annotations

from ..resource import AGE, CREATED_AT, NAME, Column

CLUSTERROLEBINDINGS = (
    NAME,
    Column(
        "Role",
        "string",
        "",
        (
            "RoleRef can only reference a ClusterRole in the global namespace. If the RoleRef cannot "
            "be resolved, the Authorizer must return an error."
        ),
    ),
    AGE,
    Column("Users", "string", "", "Users in the clusterRoleBinding", 1),
    Column("Groups", "string", "", "Groups in the clusterRoleBinding", 1),
    Column("ServiceAccounts", "string", "", "ServiceAccounts in the clusterRoleBinding", 1),
)

CLUSTERROLES = (
    NAME,
    CREATED_AT,
)

ROLEBINDINGS = (
    NAME,
    Column(
        "Role",
        "string",
        "",
        (
            "RoleRef can reference a Role in the current namespace or a ClusterRole in the global "
            "namespace. If the RoleRef cannot be resolved, the Authorizer must return an error."
        ),
    ),
    AGE,
    Column("Users", "string", "", "Users in the roleBinding", 1),
    Column("Groups", "string", "", "Groups in the roleBinding", 1),
    Column("ServiceAccounts", "string", "", "ServiceAccounts in the roleBinding", 1),
)

ROLES = (
    NAME,
    CREATED_AT,
)
