"""Bytes to JSON values and back: strict JSON, and YAML as `sigs.k8s.io/yaml` reads and prints it.

Nothing here knows kinds or schemas.
"""
