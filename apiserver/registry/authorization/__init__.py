"""authorization.k8s.io: access reviews: one file per kind. No serving here."""
