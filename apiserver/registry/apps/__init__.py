"""apps: workload controllers: one file per kind. No serving here."""
