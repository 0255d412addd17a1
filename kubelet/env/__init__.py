"""A container's environment: literals, references, services, and `$(VAR)` expansion.

Reads the API through `objects` only.
"""
