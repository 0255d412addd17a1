"""The Service proxy: ClusterIPs and NodePorts over ready endpoints, and the names of Services (`dns/`).

TCP, and UDP to pods of this machine; SCTP ports are named in the log and not served. May import `client` and
`apimachinery` only.
"""
