"""Places pods on nodes, as kube-scheduler: queue, cache, framework, plug-ins.

May import `client` and `apimachinery` only.
"""
