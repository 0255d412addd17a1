"""apiextensions.k8s.io: custom resource definitions: one file per kind. No serving here."""
