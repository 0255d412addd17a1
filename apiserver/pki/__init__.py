"""The cluster's certificates and keys, made at first start and kept in `DATA/pki`, and the kubeconfigs made
of them.

File names are kubeadm's where it has one. Nothing here serves requests or verifies callers.
"""
