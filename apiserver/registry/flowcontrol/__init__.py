"""flowcontrol.apiserver.k8s.io: priority and fairness: one file per kind. No serving here."""
