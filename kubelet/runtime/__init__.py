"""What runs containers: a contract shaped like CRI, and one package or module per runtime.

No Kubernetes API object enters here: the worker translates pods into sandboxes and container specs.
"""
