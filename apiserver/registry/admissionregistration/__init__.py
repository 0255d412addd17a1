"""admissionregistration.k8s.io: webhooks and policies: one file per kind. No serving here."""
