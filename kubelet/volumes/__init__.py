"""Volumes as directories of the node: one module per kind, each a function from a volume to files or a path.

Containers see them through mounts; nothing here touches a path outside the pod's directory, except what a
hostPath names.
"""
