"""The versioned store: etcd's contract behind one Protocol, its backends, and the watch cache above it.

A library: no HTTP, no FastAPI, no pydantic, nothing of the API server's other rooms.
"""
