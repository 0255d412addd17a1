"""rbac.authorization.k8s.io: roles and bindings: one file per kind. No serving here."""
