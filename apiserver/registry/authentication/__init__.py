"""authentication.k8s.io: reviews of tokens and users: one file per kind. No serving here."""
