"""discovery.k8s.io: endpoints of Services: one file per kind. No serving here."""
