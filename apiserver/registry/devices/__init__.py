"""resource.k8s.io (devices): one file per kind. Not named after its group: `resource.py` is the contract."""
