"""certificates.k8s.io: certificate requests: one file per kind. No serving here."""
