"""scheduling.k8s.io: priorities: one file per kind. No serving here."""
