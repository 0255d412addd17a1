"""The node's HTTPS server on port 10250: logs, exec, attach, port-forward, pod proxy, stats.

Only the API server's kubelet client (and administrators) may come in.
"""
