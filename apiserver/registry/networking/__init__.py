"""networking.k8s.io: routes, policies and Service addresses: one file per kind. No serving here."""
