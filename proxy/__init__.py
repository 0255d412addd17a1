"""The Service proxy: ClusterIPs and NodePorts over ready endpoints.

TCP only: ports of other protocols are named in the log and not served. May import `client` and `apimachinery`
only.
"""
