"""The controllers of kube-controller-manager, one file each, and the manager that runs them.

May import `client` and `apimachinery` only.
"""
