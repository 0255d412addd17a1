"""node.k8s.io: container runtimes: one file per kind. No serving here."""
