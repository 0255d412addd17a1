"""events.k8s.io: the newer face of core events: one file per kind. No serving here."""
