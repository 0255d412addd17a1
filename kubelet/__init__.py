"""Runs the pods of one node: workers, probes, runtimes, images, volumes, node status, the node's HTTP server.

May import `client` and `apimachinery` only.
"""
