"""The metrics server: what pods and nodes use, asked of the kubelets and served as metrics.k8s.io through an
APIService. It keeps the latest readings only; history, alerts and other metrics are no business of it."""
