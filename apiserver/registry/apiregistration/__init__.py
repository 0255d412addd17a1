"""apiregistration.k8s.io: API services: one file per kind. No serving here."""
