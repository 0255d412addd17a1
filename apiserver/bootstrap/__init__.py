"""The objects that a cluster has from its first moment: namespaces, default roles, the `kubernetes` Service,
….

Facts live in the JSON tables; `reconcile` brings them into the store. Nothing here knows how objects are
stored."""

from .rbac import node_rules

__all__ = ["node_rules"]
