"""The Service proxy: ClusterIPs and NodePorts over ready endpoints.

May import `client` and `apimachinery` only.
"""
