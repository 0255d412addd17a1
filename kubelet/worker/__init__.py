"""One state machine per pod: from the desired pod, the runtime's news and probe results to actions and a
status.

`status` computes, `pod_worker` acts, `manager` owns the workers of a node. Runtimes, volumes and images are
reached through `host.Host` only.
"""
