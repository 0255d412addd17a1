"""coordination.k8s.io: leases: one file per kind. No serving here."""
