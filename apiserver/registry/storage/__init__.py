"""storage.k8s.io: storage classes and CSI: one file per kind. No serving here."""
